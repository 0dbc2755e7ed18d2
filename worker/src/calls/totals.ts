/**
 * The totals of a generation over all of its calls, failed ones included, as a select list over ai_calls with the alias
 * `calls`: tokens_input, tokens_output, cost_usd. Tokens that no integer can hold are as many as it can.
 */
export const callTotals = (calls: string): string =>
  `recto.as_integer(sum(${calls}.tokens_input)) as tokens_input,
    recto.as_integer(sum(${calls}.tokens_output)) as tokens_output,
    coalesce(sum(${calls}.cost_usd), 0) as cost_usd`
