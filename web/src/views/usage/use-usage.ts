import type { Acceptance, Usage } from '@recto/client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { usePerson } from '../../session/person.tsx'
import { type Grouping, isOfUsage, type UsageGrouping } from './choice.ts'
import type { Period } from './period.ts'

export type AcceptanceGrouping = Exclude<Grouping, UsageGrouping>

/** Sums of usage, or what people decided about suggestions, with the grouping and the period that they are of. */
export type Answer = { period: Period } & (
  | { by: UsageGrouping; usage: Usage }
  | { by: AcceptanceGrouping; acceptance: Acceptance }
)

/** The usage of the account in a period. Null asks for nothing. */
export const useUsage = (period: Period | null, by: Grouping) => {
  const { recto } = usePerson()
  return useQuery({
    queryKey: ['usage', period, by],
    queryFn: async ({ signal }): Promise<Answer> => {
      const { from, to } = period ?? { from: '', to: '' }
      const path = `ai/usage?from=${from}&to=${to}&group_by=${by}`
      return isOfUsage(by)
        ? { period: { from, to }, by, usage: await recto.request<Usage>(path, { signal }) }
        : { period: { from, to }, by, acceptance: await recto.request<Acceptance>(path, { signal }) }
    },
    enabled: period !== null,
    placeholderData: keepPreviousData,
  })
}

export type Alert = {
  month: string
  reason: 'spent' | 'too_little_left' | 'exceeds_budget'
  threshold: number
  budget_usd: string
  created_at: string
}

/** The alerts of the account's budget, newest first. */
export const useAlerts = () => {
  const { accountId, rest } = usePerson()
  return useQuery({
    queryKey: ['budget-alerts'],
    queryFn: ({ signal }) => {
      const columns = 'month,reason,threshold,budget_usd,created_at'
      const path = `budget_alerts?select=${columns}&account_id=eq.${accountId}&order=created_at.desc&limit=10`
      return rest.select<Alert[]>(path, signal)
    },
  })
}
