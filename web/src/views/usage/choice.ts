import { type Period, type PeriodName, periodNames, periodOf } from './period.ts'

/** How rows are grouped: sums of usage, and what people decided about suggestions. */
const usageGroupings = ['day', 'model', 'kind', 'person'] as const
export const groupings = [...usageGroupings, 'prompt_version', 'language', 'flag'] as const
export type Grouping = (typeof groupings)[number]
export type UsageGrouping = (typeof usageGroupings)[number]

export const isOfUsage = (by: Grouping): by is UsageGrouping => usageGroupings.some((one) => one === by)

/** What a chart of usage shows. */
export const measures = ['cost', 'generations', 'suggestions', 'tokens'] as const
export type Measure = (typeof measures)[number]

export type Choice = { name: PeriodName; period: Period; by: Grouping; show: Measure }

const known = <Name extends string>(names: readonly Name[], name: string | null, usual: Name): Name =>
  names.find((one) => one === name) ?? usual

/** What the address names; the usual where it names nothing that the page knows. `now`: epoch milliseconds. */
export const choiceOf = (query: URLSearchParams, now = Date.now()): Choice => {
  const name = known(periodNames, query.get('period'), 'month')
  const [from, to] = [query.get('from') ?? '', query.get('to') ?? '']
  return {
    name,
    period: name === 'custom' ? { from, to } : periodOf(name, now),
    by: known(groupings, query.get('by'), 'day'),
    show: known(measures, query.get('show'), 'cost'),
  }
}

/** The address of a choice. A period of the person's own keeps the days that were shown before. */
export const pathOf = ({ name, period, by, show }: Choice): string => {
  const days = name === 'custom' ? `&from=${period.from}&to=${period.to}` : ''
  return `/usage?period=${name}${days}&by=${by}&show=${show}`
}
