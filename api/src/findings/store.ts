import { rowsOf } from '@recto/shared/database'
import { Generation } from '@recto/shared/generation'
import { Finding } from '@recto/shared/kinds/code-review/finding'
import { z } from 'zod'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'
import type { CarryOut } from '../reviews/review.ts'
import type { FindingDecisionAbout } from './decision.ts'

const columns = `f.id, f.generation_id, f.position, f.path, f.start_line, f.end_line, f.quote, f.category, f.level, f.title,
  f.message, f.replacement, f.fingerprint, f.flags, f.status, f.reject_reason, f.reviewed_at, f.created_at`

const FindingRow = Finding.omit({ suggestion: true }).extend({ replacement: z.string().nullable() })

const { status, created_at } = Generation.shape
const OfGeneration = z.object({
  generation_status: status,
  generation_created_at: created_at,
  generation_output: z.unknown(),
})

/** A finding, or a row without one for a generation that has none. */
const Row = z.union([FindingRow.extend(OfGeneration.shape), OfGeneration.extend({ id: z.null() })])

const findingOf = ({ replacement, ...row }: z.infer<typeof FindingRow>): Finding =>
  replacement === null ? row : { ...row, suggestion: { replacement } }

/** The findings of a generation in order, with its status, the time of its submission, and its output. */
export type FindingsOf = Pick<Generation, 'status' | 'created_at'> & { output: unknown; data: Finding[] }

/**
 * Undefined when the caller has no such generation. One statement reads all of it, so that status and findings show the
 * same moment.
 */
export const findFindings = async (
  readAs: ReadAs,
  caller: Caller,
  generationId: string,
): Promise<FindingsOf | undefined> => {
  const statement = {
    name: 'findings',
    text: `select ${columns}, g.status as generation_status, g.created_at as generation_created_at, g.output as generation_output
      from public.ai_generations g left join public.ai_findings f on f.generation_id = g.id
      where g.id = $1 order by f.position`,
    values: [generationId],
  }
  const rows = await readAs(caller, { generation: generationId }, statement, Row)
  const [first] = rows
  if (!first) return undefined
  const data = rows.flatMap(({ generation_status: _, generation_created_at: __, generation_output: ___, ...row }) =>
    row.id === null ? [] : [findingOf(row)],
  )
  const { generation_status, generation_created_at, generation_output } = first
  return { status: generation_status, created_at: generation_created_at, output: generation_output, data }
}

/** Carries out decisions as the caller, all or none. Returns the findings in the order of the decisions. */
export const reviewFindings: CarryOut<FindingDecisionAbout, Finding> = async (tx, decisions) => {
  const reviewed = await tx.query({
    name: 'review_findings',
    text: `select ${columns} from public.review_findings($1::jsonb) f`,
    values: [JSON.stringify(decisions)],
  })
  return rowsOf(reviewed, FindingRow).map(findingOf)
}
