import { createLog } from '@recto/shared/log'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SWEEP_EVERY_MS } from '../deadlines.ts'
import type { Recovered } from './recovery.ts'
import { type MaintenanceDeps, runMaintenance } from './run.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const nothing = async () => undefined

/** A sweep that finds `mended` each time; answers what happened in its first pass, in order, and what it logged. */
const sweepOnce = async (mended: Partial<Recovered>, deps: Partial<MaintenanceDeps> = {}) => {
  const happened: string[] = []
  const lines: Record<string, unknown>[] = []
  const running = runMaintenance({
    recovery: {
      findStale: async () => [],
      giveBack: nothing,
      recover: async () => ({ failed: [], requeued: 0, notQueued: [], accounts: [], alerted: false, ...mended }),
      reopenBudgets: async () => 0,
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
  await vi.advanceTimersByTimeAsync(SWEEP_EVERY_MS)
  await running.stop()
  return { happened, lines }
}

test('alerts go out before anybody is promoted, and after an account that fails the others are', async () => {
  const found = { accounts: ['locked', 'open'], alerted: true, failed: ['dead'], requeued: 1 }
  const { happened, lines } = await sweepOnce(found)
  expect(happened).toEqual(['failed dead', 'wake', 'alerts', 'promote locked', 'promote open'])
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'promotion failed', account_id: 'locked' }))
})

test('alerts that cannot be handed on keep nobody waiting', async () => {
  const enqueueAlerts = () => Promise.reject(new Error('down'))
  const { happened, lines } = await sweepOnce(
    { accounts: ['open'], alerted: true },
    { alerts: { enqueueAlerts, deliver: nothing } },
  )
  expect(happened).toEqual(['promote open'])
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'alerts not handed on' }))
})

test('each generation that got no job is logged', async () => {
  const { lines } = await sweepOnce({ notQueued: [{ id: 'orphan', error: new Error('out of range') }] })
  expect(lines).toContainEqual(
    expect.objectContaining({ msg: 'no job for a generation', generation_id: 'orphan', error: expect.anything() }),
  )
})
