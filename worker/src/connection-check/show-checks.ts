import { showTable } from '@recto/shared/show-table'
import type { CheckedRoute } from './check.ts'

const none = '-'

const timeOf = (ms: number | null): string => (ms === null ? none : `${ms} ms`)

const heads = ['PROVIDER', 'MODEL', 'REGION', 'KEY', 'RESULT', 'HTTP', 'LATENCY', 'FIRST TOKEN', 'TOKENS', 'COST']

const cellsOf = (checked: CheckedRoute): string[] => [
  checked.provider,
  checked.model,
  checked.region,
  checked.key,
  checked.result,
  String(checked.http_status ?? none),
  timeOf(checked.latency_ms),
  timeOf(checked.first_token_ms),
  checked.tokens_input === null && checked.tokens_output === null
    ? none
    : `${checked.tokens_input ?? '?'} + ${checked.tokens_output ?? '?'}`,
  checked.cost_source === null ? '$0' : `$${checked.cost_usd} (${checked.cost_source.replace('_', ' ')})`,
]

/**
 * The remarks below the table. Results of a provider with the same failure share a remark, which lists them unless it
 * applies to all results of the provider.
 */
const remarksOn = (checks: readonly CheckedRoute[]): string[] => {
  const remarks = new Map<string, CheckedRoute[]>()
  for (const checked of checks) {
    const { provider, result, said, advice } = checked
    if (said === null && advice === null) continue
    const lines = [
      `${provider}: ${result}`,
      ...(advice ? [`  ${advice}`] : []),
      ...(said ? [`  the provider says: ${said}`] : []),
    ]
    const remark = lines.join('\n')
    remarks.set(remark, [...(remarks.get(remark) ?? []), checked])
  }
  return [...remarks].map(([remark, of]) => {
    const all = checks.filter(({ provider }) => provider === of[0]?.provider)
    const names = of.map(({ model, key }) => `${model} (${key})`)
    return of.length === all.length ? remark : `${remark}\n  applies to: ${names.join(', ')}`
  })
}

/** Formats results as a table, remarks on the failed ones, and the number of successful ones. */
export const showChecks = (checks: readonly CheckedRoute[]): string => {
  const well = checks.filter(({ result }) => result === 'ok').length
  return [showTable([heads, ...checks.map(cellsOf)]), ...remarksOn(checks), `${well} of ${checks.length} ok`].join(
    '\n\n',
  )
}
