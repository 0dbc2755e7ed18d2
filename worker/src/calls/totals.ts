/**
 * The totals of a generation over all of its calls, failed ones included, as a select list over ai_calls with the alias
 * `calls`: tokens_input, tokens_output, cost_usd.
 */
export const callTotals = (calls: string): string =>
  `sum(${calls}.tokens_input)::integer as tokens_input, sum(${calls}.tokens_output)::integer as tokens_output,
    coalesce(sum(${calls}.cost_usd), 0) as cost_usd`
