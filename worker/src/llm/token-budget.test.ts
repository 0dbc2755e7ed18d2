import { describe, expect, it } from 'vitest'
import { readTokens } from './max-cost.ts'
import type { ChatRequest, Usage } from './request.ts'
import { createTokenBudget, TokenBudgetExceeded } from './token-budget.ts'

const request: ChatRequest = {
  messages: [{ role: 'user', content: 'x'.repeat(1000) }],
  maxCompletionTokens: 1000,
  temperature: 0,
}
const read = readTokens(request)
const plain = { thinkingTokens: 0 }
const used = (more: Partial<Usage> = {}): Usage => ({
  tokensInput: null,
  tokensOutput: null,
  tokensReasoning: null,
  tokensCached: null,
  costUsd: '0.1',
  costSource: 'estimate',
  ...more,
})

/** The limits of the answers to requests that fit one after the other, none of which ends, until one does not. */
const limits = (left: number, route = plain, asked = request): number[] => {
  const budget = createTokenBudget(left)
  const granted: number[] = []
  for (;;) {
    try {
      granted.push(budget.reserve(asked, route).request.maxCompletionTokens)
    } catch (error) {
      expect(error).toBeInstanceOf(TokenBudgetExceeded)
      return granted
    }
  }
}

describe('a budget of tokens', () => {
  it.each<[string, number, number[]]>([
    ['everything', read + 1000, [1000]],
    ['a shorter answer', read + 999, [999]],
    ['the shortest useful answer', read + 256, [256]],
    ['less', read + 255, []],
    ['nothing', 0, []],
    ['a debt', -5, []],
    ['two calls, the second one shorter', 2 * read + 1300, [1000, 300]],
  ])('that has room for %s grants that and no more', (_, left, granted) => {
    expect(limits(left)).toEqual(granted)
  })

  it('has to have room for what a model thinks, and for an answer that is shorter than usual', () => {
    const thinking = { ...request, maxCompletionTokens: 1500 }
    expect(limits(read + 756, { thinkingTokens: 500 }, thinking)).toEqual([756])
    expect(limits(read + 755, { thinkingTokens: 500 }, thinking)).toEqual([])
    expect(limits(read + 100, plain, { ...request, maxCompletionTokens: 100 })).toEqual([100])
  })

  it.each<[string, Usage | null, number]>([
    ['was never sent', null, 1000],
    ['told what it used', used({ tokensInput: 300, tokensOutput: 200 }), read + 500],
    ['told only a part', used({ tokensInput: 300 }), 0],
    ['told nothing and may have been billed', used(), 0],
    [
      'told only a part of what it did for nothing',
      used({ tokensInput: 300, costUsd: '0', costSource: 'provider' }),
      0,
    ],
    ['was free by the price list and told nothing', used({ costUsd: '0' }), 0],
    ['was rejected at no cost', used({ costUsd: '0', costSource: null }), 1000],
  ])('gets back what a call did not use that %s', (_, usage, next) => {
    const budget = createTokenBudget(2 * read + 1000)
    const first = budget.reserve(request, plain)
    first.settle(usage)
    const free = usage === null || usage.costSource === null ? 2 * read + 1000 : next + (next > 0 ? read : 0)
    if (next === 0) expect(() => budget.reserve(request, plain)).toThrow(TokenBudgetExceeded)
    else expect(budget.reserve(request, plain).request.maxCompletionTokens).toBe(Math.min(1000, free - read))
  })
})
