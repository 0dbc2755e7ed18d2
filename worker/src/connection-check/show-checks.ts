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

/** What is to be told below the table: ways of a provider that failed alike share a remark, and are named unless it is true of all. */
const remarksOn = (checks: readonly CheckedRoute[]): string[] => {
  const remarks = new Map<string, CheckedRoute[]>()
  for (const checked of checks) {
    const { provider, result, said, advice } = checked
    if (said === null && advice === null) continue
    const lines = [
      `${provider}: ${result}`,
      ...(advice ? [`  ${advice}`] : []),
      ...(said ? [`  it says: ${said}`] : []),
    ]
    const remark = lines.join('\n')
    remarks.set(remark, [...(remarks.get(remark) ?? []), checked])
  }
  return [...remarks].map(([remark, of]) => {
    const all = checks.filter(({ provider }) => provider === of[0]?.provider)
    const names = of.map(({ model, key }) => `${model} (${key})`)
    return of.length === all.length ? remark : `${remark}\n  of: ${names.join(', ')}`
  })
}

/** Checks as a table for people, what to do about the failed ones below it, and how many are well. */
export const showChecks = (checks: readonly CheckedRoute[]): string => {
  const rows = [heads, ...checks.map(cellsOf)]
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const well = checks.filter(({ result }) => result === 'ok').length
  return [table.join('\n'), ...remarksOn(checks), `${well} of ${checks.length} ok`].join('\n\n')
}
