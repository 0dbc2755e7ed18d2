import type { Statement } from '@recto/shared/database'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { type Line, readRecords } from './records.ts'
import { admissionPage, callPage, generationPage, suggestionsOf } from './store.ts'

/** Generations have their texts, and 30 suggestions each: of these a page is a megabyte or two at most. */
const generationsAtOnce = 25
const rowsAtOnce = 500

type Generation = { id: string; created_at: string }
type Suggestion = { generation_id: string }
type Call = { id: string; started_at: string }
type Admission = { seq: string }

/** Page after page of what `pageAfter` asks for, each when it is wanted. */
async function* pages<R extends object>(
  readAs: ReadAs,
  caller: Caller,
  most: number,
  pageAfter: (most: number, last?: R) => Statement,
): AsyncGenerator<R[]> {
  let page = await readAs<R>(caller, pageAfter(most))
  while (page.length > 0) {
    yield page
    if (page.length < most) return
    page = await readAs<R>(caller, pageAfter(most, page.at(-1)))
  }
}

const linesOf = (type: string, rows: object[]): Line[] => rows.map((data) => ({ type, data }))

/**
 * Everything of the caller, a page of lines at a time, of which none is read before it is wanted. Pages are of different moments:
 * what is made or deleted meanwhile may be in it or not.
 */
async function* exportLines(readAs: ReadAs, caller: Caller): AsyncGenerator<Line[]> {
  yield await readRecords(readAs, caller)
  for await (const page of pages<Generation>(readAs, caller, generationsAtOnce, generationPage)) {
    const found = await readAs<Suggestion>(caller, suggestionsOf(page.map(({ id }) => id)))
    const byGeneration = Map.groupBy(found, ({ generation_id }) => generation_id)
    yield page.flatMap((generation) => [
      ...linesOf('generation', [generation]),
      ...linesOf('suggestion', byGeneration.get(generation.id) ?? []),
    ])
  }
  for await (const page of pages<Call>(readAs, caller, rowsAtOnce, callPage)) yield linesOf('call', page)
  for await (const page of pages<Admission>(readAs, caller, rowsAtOnce, admissionPage)) yield linesOf('admission', page)
}

/**
 * The same as bytes. The first page is read before this answers, so that a database that is down is a refusal; a later failure
 * breaks the stream off, before its last line, and `onError` hears of it.
 */
export const exportStream = async (
  readAs: ReadAs,
  caller: Caller,
  onError: (error: unknown) => void,
): Promise<ReadableStream<Uint8Array>> => {
  const lines = exportLines(readAs, caller)
  const encoder = new TextEncoder()
  const encode = (page: Line[]) => encoder.encode(page.map((line) => `${JSON.stringify(line)}\n`).join(''))
  let next = await lines.next()
  let count = 0
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        while (!next.done && next.value.length === 0) next = await lines.next()
        if (next.done) {
          controller.enqueue(encode([{ type: 'end', data: { lines: count } }]))
          return controller.close()
        }
        count += next.value.length
        controller.enqueue(encode(next.value))
        next = await lines.next()
      } catch (error) {
        onError(error)
        throw error
      }
    },
    cancel: async () => {
      await lines.return(undefined)
    },
  })
}
