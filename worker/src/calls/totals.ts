/** The column cost_usd is bounded; a sum beyond it must not stop a write. */
const mostUsd = '9999.99999999'

/**
 * What a generation has used and cost so far over all of its calls, the failed ones too, as a select list over ai_calls:
 * tokens_input, tokens_output, cost_usd.
 */
export const callTotals = (calls: string): string =>
  `sum(${calls}.tokens_input)::integer as tokens_input, sum(${calls}.tokens_output)::integer as tokens_output,
    least(coalesce(sum(${calls}.cost_usd), 0), ${mostUsd}) as cost_usd`
