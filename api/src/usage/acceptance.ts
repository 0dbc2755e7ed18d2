import { rejectReasons, suggestionStatuses } from '@recto/shared/generation'
import { z } from 'zod'
import type { AcceptanceAnswer, AcceptanceCounts, AcceptanceGrouping } from './acceptance-contract.ts'
import { acceptanceRate } from './acceptance-rate.ts'

const reasonCounts = (count: (reason: string) => number) => ({
  wrong: count('wrong'),
  not_in_source: count('not_in_source'),
  duplicate: count('duplicate'),
  too_easy: count('too_easy'),
  unclear: count('unclear'),
  other: count('other'),
})

/** A row of recto.acceptance: how many suggestions of a group, or of all, had an outcome. */
export const OutcomeRow = z.object({
  section: z.enum(['group', 'total']),
  key: z.string().nullable(),
  status: z.enum(suggestionStatuses),
  edited: z.boolean(),
  reject_reason: z.enum(rejectReasons).nullable(),
  /** Postgres sends numeric as text. */
  suggestions: z.coerce.number().int(),
})
export type OutcomeRow = z.infer<typeof OutcomeRow>

const countsOf = (outcomes: OutcomeRow[]): AcceptanceCounts => {
  const count = (has: (outcome: OutcomeRow) => boolean): number =>
    outcomes.filter(has).reduce((sum, { suggestions }) => sum + suggestions, 0)
  const accepted = count(({ status }) => status === 'accepted')
  const rejected = count(({ status }) => status === 'rejected')
  return {
    suggestions: count(() => true),
    proposed: count(({ status }) => status === 'proposed'),
    accepted,
    edited: count(({ edited }) => edited),
    rejected,
    reject_reasons: reasonCounts((reason) => count(({ reject_reason }) => reject_reason === reason)),
    acceptance_rate: acceptanceRate({ accepted, rejected }),
  }
}

type Group = { key: string | null } & AcceptanceCounts

/** Groups with the most suggestions first, then by name. */
const inOrder = (a: Group, b: Group) => b.suggestions - a.suggestions || ((a.key ?? '') < (b.key ?? '') ? -1 : 1)

/**
 * The answer of GET /api/ai/usage by prompt version, language or flag for the rows of recto.acceptance. Undefined without
 * rows: the caller is no member of the account.
 */
export const acceptanceOf = (rows: OutcomeRow[], by: AcceptanceGrouping): AcceptanceAnswer | undefined => {
  if (rows.length === 0) return undefined
  const groups = Map.groupBy(
    rows.filter(({ section }) => section === 'group'),
    ({ key }) => key,
  )
  const data = [...groups].map(([key, outcomes]): Group => ({ key, ...countsOf(outcomes) })).sort(inOrder)
  return {
    data: data.map(({ key, ...counts }) => ({ [by]: key, ...counts })),
    total: countsOf(rows.filter(({ section }) => section === 'total')),
    next_cursor: null,
  }
}
