import type { Statement } from '@recto/shared/database'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { ExportedCard } from './formats/card.ts'
import { cardFormats } from './formats/formats.ts'
import { scopeOf } from './store.ts'

/** Cards of the greatest lengths are 250 times 4 kB. */
const cardsAtOnce = 250

const Row = z.object({
  id: z.string(),
  front: z.string(),
  back: z.string(),
  source_quote: z.string().nullable(),
  tags: z.array(z.string()),
  created_at: z.string(),
  updated_at: z.string(),
})

export type ExportFilter = { tag?: string | undefined; generation_id?: string | undefined }

/** The caller's cards behind `last`, oldest first. */
const pageAfter = ({ tag, generation_id }: ExportFilter, last?: ExportedCard): Statement => ({
  name: 'export_card_files',
  text: `select id, front, back, source_quote, tags, created_at, updated_at from public.cards
    where user_id = (select auth.uid()) and (created_at, id) > ($1::timestamptz, $2::uuid)
      and ($3::text is null or tags @> array[$3])
      and ($4::uuid is null or suggestion_id in (select s.id from public.ai_suggestions s where s.generation_id = $4))
    order by created_at, id limit $5`,
  values: [
    last?.created_at ?? '-infinity',
    last?.id ?? '00000000-0000-0000-0000-000000000000',
    tag ?? null,
    generation_id ?? null,
    cardsAtOnce,
  ],
})

/** Pages of the caller's cards, each read when its consumer asks for it. */
async function* pages(readAs: ReadAs, caller: Caller, filter: ExportFilter): AsyncGenerator<ExportedCard[]> {
  let page: ExportedCard[] = await readAs(caller, scopeOf(caller), pageAfter(filter), Row)
  yield page
  while (page.length === cardsAtOnce) {
    page = await readAs(caller, scopeOf(caller), pageAfter(filter, page.at(-1)), Row)
    yield page
  }
}

/** The same pages, the first of which was read already. A failure behind it is reported. */
async function* behind(
  first: ExportedCard[],
  rest: AsyncGenerator<ExportedCard[]>,
  onError: (error: unknown) => void,
): AsyncGenerator<ExportedCard[]> {
  yield first
  try {
    yield* rest
  } catch (error) {
    onError(error)
    throw error
  }
}

/**
 * The caller's cards as the bytes of a file. The first page is read before it resolves, so that an unreachable database
 * is an error answer. A later failure breaks the stream and is reported to `onError`.
 */
export const exportCards = async (
  readAs: ReadAs,
  caller: Caller,
  { format, ...filter }: ExportFilter & { format: keyof typeof cardFormats },
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<ReadableStream<Uint8Array>> => {
  const cards = pages(readAs, caller, filter)
  const first = await cards.next()
  const batches = behind(first.done ? [] : first.value, cards, onError)
  return ReadableStream.from(cardFormats[format].write(batches, signal))
}
