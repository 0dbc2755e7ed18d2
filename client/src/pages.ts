import { limitOf } from './limit.ts'
import type { Send } from './send.ts'

/** What stands behind the `?`: all but what is undefined, which would be searched for as a word. */
export const queryOf = (filter: object): URLSearchParams => new URLSearchParams(JSON.parse(JSON.stringify(filter)))

/** Goes through a list of the API, page by page. A page is read when its first entry is wanted. */
export async function* pages<T>(
  send: Send,
  path: string,
  { signal, ...filter }: { signal?: AbortSignal } & Record<string, unknown>,
): AsyncGenerator<T, void> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = queryOf({ ...filter, limit: 100, cursor: cursor || undefined })
    const { body } = await send({ path: `${path}?${query}` }, limitOf({ signal }))
    const page = body as { data: T[]; next_cursor: string | null }
    yield* page.data
    cursor = page.next_cursor
  }
}
