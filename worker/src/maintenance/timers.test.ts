import { createLog } from '@recto/shared/log'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RECOVERY_EVERY_MS } from '../deadlines.ts'
import type { Recovered } from './recovery.ts'
import { runMaintenance, type TimersDeps } from './timers.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const nothing = async () => undefined

/**
 * Runs maintenance for one turn in which recovery answers `recovered`. Answers what happened, in order, and the log
 * lines.
 */
const runOnce = async (recovered: Partial<Recovered>, deps: Partial<TimersDeps> = {}) => {
  const happened: string[] = []
  const lines: Record<string, unknown>[] = []
  const running = runMaintenance({
    offerNames: nothing,
    recovery: {
      findStaleJobs: async () => [],
      returnStaleJobs: nothing,
      recoverGenerations: async () => ({
        failed: [],
        requeued: 0,
        notQueued: [],
        accounts: [],
        alerted: false,
        blocked: false,
        webhooks: false,
        ...recovered,
      }),
      resumeBlocked: async () => {
        happened.push('resume')
        return ['deferred']
      },
      endBudgetWaits: async function* (ids) {
        yield* ids
      },
      pruneAdmissions: nothing,
    },
    settle: nothing,
    promote: async (account) => {
      happened.push(`promote ${account}`)
      if (account === 'locked') throw new Error('lock timeout')
      return 1
    },
    alerts: { enqueueAlerts: async () => void happened.push('alerts'), deliver: nothing, checkIncidents: nothing },
    rollUpUsage: nothing,
    checkPrices: () => undefined,
    runSeconds: () => null,
    wake: () => happened.push('wake'),
    wakeWebhooks: () => happened.push('wake webhooks'),
    onChanged: (id) => happened.push(`changed ${id}`),
    onLost: () => undefined,
    log: createLog('worker', 'info', { write: (line) => void lines.push(JSON.parse(line)) }),
    ...deps,
  })
  await vi.advanceTimersByTimeAsync(RECOVERY_EVERY_MS)
  await running.stop()
  return { happened, lines }
}

test('checks prices at the start and not with each turn', async () => {
  let checks = 0
  await runOnce({}, { checkPrices: () => void checks++ })
  expect(checks).toBe(1)
})

test('wakes webhooks when deliveries are due that nobody has told of', async () => {
  expect((await runOnce({ webhooks: true })).happened).toEqual(['wake webhooks'])
})

test('enqueues alerts before it promotes, and promotes the other accounts after one that fails', async () => {
  const found = { accounts: ['locked', 'open'], alerted: true, failed: ['dead'], requeued: 1 }
  const { happened, lines } = await runOnce(found)
  expect(happened).toEqual(['changed dead', 'wake', 'alerts', 'promote locked', 'promote open'])
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'promotion failed', account_id: 'locked' }))
})

test('resumes deferred jobs only when a budget blocks a model, and wakes the dispatcher for them', async () => {
  expect((await runOnce({ blocked: true, accounts: ['open'] })).happened).toEqual([
    'resume',
    'wake',
    'changed deferred',
    'promote open',
  ])
  expect((await runOnce({})).happened).toEqual([])
})

test('promotes accounts although the alerts cannot be enqueued', async () => {
  const enqueueAlerts = () => Promise.reject(new Error('down'))
  const { happened, lines } = await runOnce(
    { accounts: ['open'], alerted: true },
    { alerts: { enqueueAlerts, deliver: nothing, checkIncidents: nothing } },
  )
  expect(happened).toEqual(['promote open'])
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'alert enqueueing failed' }))
})

test('logs each generation that got no job', async () => {
  const { lines } = await runOnce({ notQueued: [{ id: 'orphan', error: new Error('out of range') }] })
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: 'requeueing failed', generation_id: 'orphan', error: expect.anything() }),
  )
})
