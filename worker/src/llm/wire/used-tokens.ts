/** Token counts as a provider sends them; null where it sends none. */
type ReportedTokens = {
  prompt: number | null
  completion: number | null
  total: number | null
  reasoning: number | null
}

/**
 * The tokens that a request used; null where nothing says so. `saysNothing`: the provider counted no tokens at all,
 * although it sent a text.
 */
export type TokenCounts = {
  input: number | null
  output: number | null
  reasoning: number | null
  saysNothing: boolean
}

/** A count of 0 beside a text is no count. */
const counted = (count: number | null, producedBytes: number): number | null =>
  count === 0 && producedBytes > 0 ? null : count

const difference = (total: number | null, part: number | null): number =>
  total !== null && part !== null ? Math.max(0, total - part) : 0

/**
 * The tokens that a provider bills. `completion` of some providers (Gemini, xAI) leaves the thinking out, which then
 * stands only in `total`, or in a `reasoning` that is larger than `completion`.
 */
export const usedTokens = (
  { prompt, completion, total, reasoning }: ReportedTokens,
  producedBytes: number,
): TokenCounts => {
  const input = counted(prompt, producedBytes)
  const text = counted(completion, producedBytes)
  const withReasoning = text !== null && reasoning !== null && reasoning > text ? text + reasoning : 0
  const output = Math.max(text ?? 0, withReasoning, difference(total, input))
  const hidden = text === null ? 0 : output - text
  return {
    input: input ?? (difference(total, text) || null),
    output: text === null && output === 0 ? null : output,
    reasoning: reasoning ?? (hidden > 0 ? hidden : null),
    saysNothing: producedBytes > 0 && input === null && text === null && output === 0,
  }
}
