import { parseCatalog } from '@recto/shared/catalog'
import { createLog } from '@recto/shared/log'
import { expect, test } from 'vitest'
import { BUDGET_WAIT_MS } from '../deadlines.ts'
import { BudgetExceeded } from '../llm/errors/budget-exceeded.ts'
import type { Job } from '../queue/jobs.ts'
import { createProcess, type Outcome } from './process.ts'
import type { AccountPolicy, Run } from './run.ts'
import type { Store } from './store.ts'

const job: Job = { id: 'g', priority: 0, retryCount: 3, retryLimit: 3, deliveredAt: '2026-11-21T00:00:00.000Z' }
const price = { input_per_million: '1', output_per_million: '1', currency: 'USD', as_of: '2026-01-01' }
const catalog = parseCatalog({
  providers: { acme: { base_url: 'https://acme.example/v1', region: 'eu', key_variable: 'ACME_API_KEY' } },
  rates: {},
  models: [{ id: 'large', quality: 1, context_tokens: 9000, routes: [{ provider: 'acme', price }] }],
  aliases: { balanced: ['large'] },
})

/** One delivery whose first call is refused; answers what the store was told, and the outcome. */
const refused = async (
  facts: { final: boolean; hopeless?: boolean },
  overBudget: AccountPolicy['overBudget'] = 'fail',
  held = true,
) => {
  const run: Run = {
    id: 'g',
    userId: 'u',
    accountId: 'u',
    requestId: null,
    sourceText: 'A text.',
    model: 'balanced',
    promptVersion: 'flashcards@1',
    options: {},
    dataResidency: 'any',
    accountPolicy: { dataResidency: 'any', scrub: false, allowedModels: null, overBudget, throttled: false },
    attempt: 1,
    waitedMs: 0,
  }
  const told: unknown[] = []
  const never = async () => expect.unreachable()
  const store: Store = {
    claim: async () => run,
    dismiss: never,
    commit: never,
    retry: never,
    release: never,
    abandon: never,
    fail: async (_run, _job, { code }) => {
      told.push(['fail', code])
      return held
    },
    defer: async (_run, _job, seconds) => {
      told.push(['putOff', seconds])
      return held
    },
    exhaustBudget: async (_run, neededUsd) => void told.push(['exhaustBudget', neededUsd]),
  }
  const outcomes: Outcome[] = []
  const process = createProcess({
    store,
    planning: { catalog, residency: 'any', scrub: false },
    cache: async () => ({ kind: 'miss', key: null }),
    generate: async () => {
      const budget = { scope: 'account' as const, budgetUsd: '1', spentUsd: '0.99' }
      throw new BudgetExceeded({ hopeless: false, resetSeconds: 86_400, neededUsd: '0.02', budget, ...facts })
    },
    random: () => 0,
    log: createLog('worker', 'silent'),
    onEnd: (outcome) => outcomes.push(outcome),
  })
  await process(job, new AbortController().signal)
  return { told, outcome: outcomes[0] }
}

test('what may fit later waits a little, and uses up no try', async () => {
  const { told, outcome } = await refused({ final: false })
  expect(told).toEqual([['putOff', BUDGET_WAIT_MS / 1000]])
  expect(outcome).toMatchObject({ outcome: 'deferred', code: 'budget_exceeded' })
})

test('what cannot fit any more fails, and submissions are refused from then on', async () => {
  const { told, outcome } = await refused({ final: true })
  expect(told).toEqual([
    ['exhaustBudget', '0.02'],
    ['fail', 'budget_exceeded'],
  ])
  expect(outcome).toEqual({ outcome: 'failed', code: 'budget_exceeded' })
})

test('or waits for the new month, where the plan says so', async () => {
  const { told, outcome } = await refused({ final: true }, 'wait')
  expect(told).toEqual([
    ['exhaustBudget', '0.02'],
    ['putOff', 86_400],
  ])
  expect(outcome).toEqual({ outcome: 'deferred', code: 'budget_exceeded', delaySeconds: 86_400 })
})

test('but not for one that is no larger: what is more than a whole budget fails', async () => {
  const { told } = await refused({ final: true, hopeless: true }, 'wait')
  expect(told.at(-1)).toEqual(['fail', 'budget_exceeded'])
})

test('a run that was taken away meanwhile is lost', async () => {
  for (const overBudget of ['fail', 'wait'] as const)
    expect((await refused({ final: true }, overBudget, false)).outcome).toEqual({ outcome: 'lost' })
})
