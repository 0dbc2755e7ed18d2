import type { Statement } from '@recto/shared/database'
import type { Scope } from '@recto/shared/transaction'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import { type Line, linesOf, readRecords } from './records.ts'
import {
  admissionPage,
  callPage,
  cardPage,
  cardReviewPage,
  deliveryPage,
  findingsOf,
  generationPage,
  schedulesOf,
  suggestionsOf,
} from './store.ts'

/** A generation has its text and up to 30 suggestions, or code and up to 50 findings: a page has some megabytes at most. */
const generationsAtOnce = 25
const rowsAtOnce = 500

// The export has every column of a row. These are the ones that it reads itself.
const Generation = z.looseObject({ id: z.string(), created_at: z.string() })
/** A suggestion or a finding. */
const Part = z.looseObject({ generation_id: z.string() })
const Card = z.looseObject({ id: z.string(), created_at: z.string() })
const CardSchedule = z.looseObject({ card_id: z.string() })
const CardReview = z.looseObject({ id: z.string() })
const Call = z.looseObject({ id: z.string(), started_at: z.string() })
const Delivery = z.looseObject({ id: z.string(), created_at: z.string() })
const Admission = z.looseObject({ seq: z.string() })

/** `readHomeAs` reads in the home cell. */
export type ExportDeps = { readAs: ReadAs; readHomeAs: ReadAs }

/** A person has generations in teams too. */
const scope: Scope = { across: 'person' }

/** Reads page after page by the statement of `pageAfter`, each when its consumer asks for it. */
async function* pages<R extends z.ZodType>(
  readAs: ReadAs,
  caller: Caller,
  row: R,
  most: number,
  pageAfter: (most: number, last?: z.output<R>) => Statement,
): AsyncGenerator<z.output<R>[]> {
  let page = await readAs(caller, scope, pageAfter(most), row)
  while (page.length > 0) {
    yield page
    if (page.length < most) return
    page = await readAs(caller, scope, pageAfter(most, page.at(-1)), row)
  }
}

/**
 * Everything that is stored about the caller, in pages of lines, each read when its consumer asks for it. Pages show
 * different moments, so rows that change meanwhile may be missing or included.
 */
async function* exportLines({ readAs, readHomeAs }: ExportDeps, caller: Caller): AsyncGenerator<Line[]> {
  yield await readRecords(readAs, readHomeAs, caller)
  for await (const page of pages(readAs, caller, Generation, generationsAtOnce, generationPage)) {
    const ids = page.map(({ id }) => id)
    const byGeneration = async (parts: Statement) =>
      Map.groupBy(await readAs(caller, scope, parts, Part), ({ generation_id }) => generation_id)
    const [suggestions, findings] = [await byGeneration(suggestionsOf(ids)), await byGeneration(findingsOf(ids))]
    yield page.flatMap((generation) => [
      ...linesOf('generation', [generation]),
      ...linesOf('suggestion', suggestions.get(generation.id) ?? []),
      ...linesOf('finding', findings.get(generation.id) ?? []),
    ])
  }
  for await (const page of pages(readAs, caller, Card, rowsAtOnce, cardPage)) {
    const schedules = await readAs(caller, scope, schedulesOf(page.map(({ id }) => id)), CardSchedule)
    yield [...linesOf('card', page), ...linesOf('card_schedule', schedules)]
  }
  for await (const page of pages(readAs, caller, CardReview, rowsAtOnce, cardReviewPage))
    yield linesOf('card_review', page)
  for await (const page of pages(readAs, caller, Call, rowsAtOnce, callPage)) yield linesOf('call', page)
  for await (const page of pages(readAs, caller, Delivery, rowsAtOnce, deliveryPage))
    yield linesOf('webhook_delivery', page)
  for await (const page of pages(readAs, caller, Admission, rowsAtOnce, admissionPage)) yield linesOf('admission', page)
}

/**
 * The lines as a stream of bytes. It reads the first page before it resolves, so that an unreachable database is an
 * error answer. A later failure breaks the stream before its last line and is reported to `onError`.
 */
export const exportStream = async (
  deps: ExportDeps,
  caller: Caller,
  onError: (error: unknown) => void,
): Promise<ReadableStream<Uint8Array>> => {
  const lines = exportLines(deps, caller)
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
