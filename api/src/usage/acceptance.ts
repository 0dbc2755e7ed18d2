import { rejectReasons, suggestionStatuses } from '@recto/shared/generation'
import { findingRejectReasons } from '@recto/shared/kinds/code-review/finding'
import { z } from 'zod'
import type { AcceptanceAnswer, AcceptanceCounts, AcceptanceGrouping } from './acceptance-contract.ts'
import { acceptanceRate } from './acceptance-rate.ts'

const reasonCounts = (count: (reason: string) => number) => ({
  wrong: count('wrong'),
  not_in_source: count('not_in_source'),
  duplicate: count('duplicate'),
  too_easy: count('too_easy'),
  unclear: count('unclear'),
  not_relevant: count('not_relevant'),
  intended: count('intended'),
  other: count('other'),
})

const Outcome = z.object({
  kind: z.string(),
  key: z.string().nullable(),
  status: z.enum(suggestionStatuses),
  edited: z.boolean(),
  reject_reason: z.enum([...rejectReasons, ...findingRejectReasons]).nullable(),
  /** Postgres sends numeric as text. */
  suggestions: z.coerce.number().int(),
})
type Outcome = z.infer<typeof Outcome>

/** A row of recto.acceptance: how many suggestions of a kind, or of a group of it, had an outcome. */
export const OutcomeRow = z.discriminatedUnion('section', [
  Outcome.extend({ section: z.literal('group') }),
  Outcome.extend({ section: z.literal('total') }),
  z.object({ section: z.literal('member') }),
])
export type OutcomeRow = z.infer<typeof OutcomeRow>

const countsOf = (outcomes: Outcome[]): AcceptanceCounts => {
  const count = (has: (outcome: Outcome) => boolean): number =>
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

type Group = { kind: string; key: string | null } & AcceptanceCounts

/** Groups with the most suggestions first, then by name and kind. */
const inOrder = (a: Group, b: Group) =>
  b.suggestions - a.suggestions || (`${a.key ?? ''}\n${a.kind}` < `${b.key ?? ''}\n${b.kind}` ? -1 : 1)

/** The sums of the outcomes of each kind, or of each key of it. */
const groupsOf = (outcomes: Outcome[]): Group[] =>
  [...Map.groupBy(outcomes, ({ kind }) => kind)]
    .flatMap(([kind, ofKind]) =>
      [...Map.groupBy(ofKind, ({ key }) => key)].map(([key, rows]): Group => ({ kind, key, ...countsOf(rows) })),
    )
    .sort(inOrder)

/**
 * The answer of GET /api/ai/usage by prompt version, language or flag for the rows of recto.acceptance. Undefined without
 * rows: the caller is no member of the account.
 */
export const acceptanceOf = (rows: OutcomeRow[], by: AcceptanceGrouping): AcceptanceAnswer | undefined => {
  if (rows.length === 0) return undefined
  const groups = groupsOf(rows.filter((row) => row.section === 'group'))
  const totals = groupsOf(rows.filter((row) => row.section === 'total'))
  return {
    data: groups.map(({ kind, key, ...counts }) => ({ kind, [by]: key, ...counts })),
    totals: totals.map(({ key: _, ...total }) => total),
    next_cursor: null,
  }
}
