import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { askHarness, failWith, succeed } from '../testing/ask-harness.ts'
import { BudgetExceeded } from './errors/budget-exceeded.ts'
import type { CallStart } from './request.ts'
import { createTokenBudget, TokenBudgetExceeded } from './token-budget.ts'

const priceOf = (perMillion: string) => ({ input_per_million: perMillion, output_per_million: perMillion })
const routeAt = (perMillion: string) => ({ price: priceOf(perMillion), maxPrice: priceOf(perMillion) })

/** A budget with so much left, in USD, which denies a call that reserves more. `final`: running calls change nothing. */
const budgetOf =
  (leftUsd: number, final = true) =>
  async ({ reservedUsd }: CallStart): Promise<void> => {
    if (Number(reservedUsd) <= leftUsd) return
    const budget = { scope: 'account', budgetUsd: '1', spentUsd: '0.9' } as const
    throw new BudgetExceeded({ final, hopeless: false, resetSeconds: 60, neededUsd: reservedUsd, budget })
  }

const scripted = {
  dear: { script: [succeed], route: routeAt('1000') },
  dearest: { script: [succeed], route: routeAt('2000') },
  cheap: { script: [succeed], route: routeAt('1') },
}

test('ask goes on to a cheaper route when the budget has no room for a dearer one', async () => {
  await using harness = await askHarness(scripted, { onStart: budgetOf(0.001) })
  const { answer, outcomes } = await harness.run()
  expect(outcomes).toEqual(['cheap ok'])
  expect(answer).toMatchObject({ ok: true, route: { provider: 'cheap' }, timing: { requests: 1 } })
})

test('ask throws the denial of the cheapest route when the budget has room for none', async () => {
  await using harness = await askHarness(scripted, { onStart: budgetOf(0) })
  const denial = await harness.run().catch((error: unknown) => error)
  expect(denial).toBeInstanceOf(BudgetExceeded)
  expect(Number(denial instanceof BudgetExceeded && denial.neededUsd)).toBeLessThan(0.001)
})

test('ask throws the denial of the first route while running calls may turn out cheaper', async () => {
  await using harness = await askHarness(scripted, { onStart: budgetOf(0.001, false) })
  await expect(harness.run()).rejects.toMatchObject({ final: false })
  expect(harness.received('cheap')).toBe(0)
})

test('ask does not ask a dearer route after the failure of the only one that the budget has room for', async () => {
  await using harness = await askHarness(
    { ...scripted, cheap: { ...scripted.cheap, script: [failWith(400)] } },
    { onStart: budgetOf(0.001) },
  )
  const { answer, outcomes } = await harness.run()
  expect(outcomes).toEqual(['cheap invalid_request'])
  expect(answer).toMatchObject({ ok: false, failure: { class: 'invalid_request' } })
})

const thinking = {
  deep: { script: [succeed], route: { thinkingTokens: 5000 } },
  plain: { script: [succeed], route: { thinkingTokens: 0 } },
}

test('ask goes on to a model that thinks less when the tokens have no room for one that thinks more', async () => {
  await using harness = await askHarness(thinking, { tokens: createTokenBudget(4000) })
  const { answer, outcomes } = await harness.run()
  expect(outcomes).toEqual(['plain ok'])
  expect(answer).toMatchObject({ ok: true, route: { provider: 'plain' } })
})

test('ask sends nothing when the tokens have room for no model', async () => {
  await using harness = await askHarness(thinking, { tokens: createTokenBudget(10) })
  await expect(harness.run()).rejects.toBeInstanceOf(TokenBudgetExceeded)
  expect([harness.received('deep'), harness.received('plain')]).toEqual([0, 0])
})

test('ask sends no hedge that the tokens have no room for', async () => {
  const slow = { script: [(response: ServerResponse) => setImmediate(succeed, response)] }
  await using harness = await askHarness(
    { slow, other: { script: [succeed] } },
    { tokens: createTokenBudget(100), hedgeMs: 5 },
  )
  const { outcomes } = await harness.run()
  expect(outcomes).toEqual(['slow ok'])
  expect(harness.received('other')).toBe(0)
})
