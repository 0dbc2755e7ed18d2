import { limitOf } from './limit.ts'
import type { Send } from './send.ts'

/** Goes through a list of the API, page by page. A page is read when its first entry is wanted. */
export async function* pages<T>(
  send: Send,
  path: string,
  { signal, ...filter }: { signal?: AbortSignal } & Record<string, unknown>,
): AsyncGenerator<T, void> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = new URLSearchParams({ ...filter, limit: '100', ...(cursor && { cursor }) })
    const { body } = await send({ path: `${path}?${query}` }, limitOf(signal ? { signal } : {}))
    const page = body as { data: T[]; next_cursor: string | null }
    yield* page.data
    cursor = page.next_cursor
  }
}
