import { expect, test } from 'vitest'
import { attemptWith } from '../testing/scripted-attempt.ts'
import { delta, done, replyStream } from '../testing/scripted-provider.ts'

const claiming = (usage: Record<string, unknown>, route = {}) =>
  attemptWith(replyStream([delta('[1]', 'stop', { usage }), done]), { route })

const counts = { prompt_tokens: 120, completion_tokens: 90 }

test.each([
  ['a cost', { ...counts, cost: 9999 }],
  ['a fee and a bill', { ...counts, cost: 1, is_byok: true, cost_details: { upstream_inference_cost: 9998 } }],
  ['output tokens', { prompt_tokens: 120, completion_tokens: 100_000_000 }],
  ['input tokens', { prompt_tokens: 100_000_000, completion_tokens: 90 }],
  ['a total', { ...counts, total_tokens: 100_000_000 }],
  ['thinking', { ...counts, completion_tokens_details: { reasoning_tokens: 100_000_000 } }],
])(
  'makeAttempt books no more than ten times the reservation when a provider claims %s beyond belief',
  async (_, usage) => {
    const price = { input_per_million: '300', output_per_million: '600' }
    const { attempt, started, result } = await claiming(usage, { price })
    expect(attempt.outcome).toMatchObject({ ok: true })
    expect(result.usage.costSource).toBe('capped')
    expect(Number(result.usage.costUsd)).toBeCloseTo(10 * Number(started.reservedUsd), 10)
  },
)

test('makeAttempt counts no more than ten times the tokens that a request can use', async () => {
  const { result } = await claiming({
    ...{ prompt_tokens: 100_000_000, completion_tokens: 100_000_000, cost: 0.001 },
    prompt_tokens_details: { cached_tokens: 100_000_000 },
    completion_tokens_details: { reasoning_tokens: 100_000_000 },
  })
  const { tokensInput, tokensOutput, tokensReasoning, tokensCached, costUsd, costSource } = result.usage
  expect({ tokensOutput, tokensReasoning, costUsd, costSource }).toEqual({
    ...{ tokensOutput: 1000, tokensReasoning: 1000, costUsd: '0.001', costSource: 'provider' },
  })
  expect(tokensInput).toBeLessThan(10_000)
  expect(tokensCached).toBe(tokensInput)
})

test.each([
  ['thinks nine times as much as it was allowed', { prompt_tokens: 120, completion_tokens: 900 }, '0.00576'],
  ['charges a fee for each request', { ...counts, cost: 0.09 }, '0.09'],
])('makeAttempt books what a provider charges that %s', async (_, usage, costUsd) => {
  const { result } = await claiming(usage)
  expect(result.usage).toMatchObject({ tokensOutput: usage.completion_tokens, costUsd })
  expect(result.usage.costSource).not.toBe('capped')
})
