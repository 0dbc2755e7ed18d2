import { createLog } from '@recto/shared/log'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RECOVER_EVERY_MS } from '../deadlines.ts'
import type { Recovered } from './recovery.ts'
import { type MaintenanceDeps, runMaintenance } from './run.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const nothing = async () => undefined

/**
 * Runs the first pass of maintenance, whose recovery finds `recovered`. Returns what happened, in order, and the log.
 */
const maintainOnce = async (recovered: Partial<Recovered>, deps: Partial<MaintenanceDeps> = {}) => {
  const happened: string[] = []
  const lines: Record<string, unknown>[] = []
  const running = runMaintenance({
    recovery: {
      findStale: async () => [],
      giveBack: nothing,
      recover: async () => ({ failed: [], requeued: 0, notQueued: [], accounts: [], alerted: false, ...recovered }),
      unblockModels: async () => 0,
      pruneAdmissions: nothing,
    },
    settle: nothing,
    promote: async (account) => {
      happened.push(`promote ${account}`)
      if (account === 'locked') throw new Error('lock timeout')
      return 1
    },
    alerts: { enqueueAlerts: async () => void happened.push('alerts'), deliver: nothing },
    rollUpUsage: nothing,
    runSeconds: () => null,
    wake: () => happened.push('wake'),
    onFailed: (id) => happened.push(`failed ${id}`),
    log: createLog('worker', 'info', { write: (line) => void lines.push(JSON.parse(line)) }),
    ...deps,
  })
  await vi.advanceTimersByTimeAsync(RECOVER_EVERY_MS)
  await running.stop()
  return { happened, lines }
}

test('maintenance enqueues alerts before it promotes, and promotes on after an account that fails', async () => {
  const found = { accounts: ['locked', 'open'], alerted: true, failed: ['dead'], requeued: 1 }
  const { happened, lines } = await maintainOnce(found)
  expect(happened).toEqual(['failed dead', 'wake', 'alerts', 'promote locked', 'promote open'])
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'promotion failed', account_id: 'locked' }))
})

test('maintenance promotes although alerts cannot be enqueued', async () => {
  const enqueueAlerts = () => Promise.reject(new Error('down'))
  const { happened, lines } = await maintainOnce(
    { accounts: ['open'], alerted: true },
    { alerts: { enqueueAlerts, deliver: nothing } },
  )
  expect(happened).toEqual(['promote open'])
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'alert enqueueing failed' }))
})

test('maintenance logs each generation for which no job could be added', async () => {
  const { lines } = await maintainOnce({ notQueued: [{ id: 'orphan', error: new Error('out of range') }] })
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: 'requeueing failed', generation_id: 'orphan', error: expect.anything() }),
  )
})
