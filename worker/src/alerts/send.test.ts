import { createLog } from '@recto/shared/log'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ALERT_AGAIN_MS } from '../deadlines.ts'
import { type Alert, budgetMessage } from './alert.ts'
import type { Posted } from './post.ts'
import { createAlerts } from './send.ts'
import type { Delivery } from './store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const alertOf = (threshold: number): Alert => ({
  account_id: '3f0e8f53-6a43-4a0a-8a51-3a4f3c1f3a10',
  month: '2026-11-01',
  reason: 'spent',
  threshold,
  spent_usd: '0.8',
  budget_usd: '1',
})

/** Alerts over a queue in memory, and a webhook that gives the results of `answers`, then accepts everything. */
const setUp = (answers: (Posted | Promise<Posted>)[] = []) => {
  const unsent: Alert[] = []
  const queue: (Delivery & { dueAt: number })[] = []
  const posted: number[] = []
  const counted: number[] = []
  const alerts = createAlerts({
    store: {
      checkIncidents: async () => [],
      enqueueAlerts: async () => {
        const found = unsent.splice(0)
        for (const alert of found)
          queue.push({ jobId: `${alert.threshold}`, retryCount: 0, message: budgetMessage(alert), dueAt: 0 })
        return found
      },
      fetch: async (most) => {
        const due = queue.filter(({ dueAt }) => dueAt <= Date.now()).slice(0, most)
        for (const one of due) queue.splice(queue.indexOf(one), 1)
        return due
      },
      complete: async () => undefined,
      fail: async (delivery, seconds) => {
        const retryCount = delivery.retryCount + 1
        queue.push({ ...delivery, retryCount, dueAt: Date.now() + seconds * 1000 })
      },
    },
    post: async ({ body }) => {
      posted.push(Number(body.threshold))
      return answers.shift() ?? { ok: true, status: 204 }
    },
    onAlert: ({ threshold }) => counted.push(threshold),
    log: createLog('worker', 'silent'),
  })
  const tell = async (...thresholds: number[]) => {
    unsent.push(...thresholds.map(alertOf))
    await alerts.enqueueAlerts()
    await vi.advanceTimersByTimeAsync(0)
  }
  return { alerts, tell, posted, counted, queue }
}

const failed: Posted = { ok: false, status: 500 }

test('an alert that the webhook did not accept is posted again, also after other alerts', async () => {
  const { tell, posted, counted } = setUp([failed])
  await tell(80)
  await vi.advanceTimersByTimeAsync(ALERT_AGAIN_MS / 2)
  await tell(90)
  expect(posted).toEqual([80, 90])
  await vi.advanceTimersByTimeAsync(ALERT_AGAIN_MS / 2)
  expect(posted).toEqual([80, 90, 80])
  expect(counted).toEqual([80, 90])
})

test('the pause before an alert is posted again doubles with each try', async () => {
  const { tell, posted } = setUp([failed, failed])
  await tell(80)
  await vi.advanceTimersByTimeAsync(ALERT_AGAIN_MS)
  expect(posted).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(2 * ALERT_AGAIN_MS - 1)
  expect(posted).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(posted).toHaveLength(3)
})

test('an alert that is enqueued while the webhook is slow is posted right after its answer', async () => {
  const slow = Promise.withResolvers<Posted>()
  const { tell, posted } = setUp([slow.promise])
  await tell(80)
  await tell(90)
  expect(posted).toEqual([80])
  slow.resolve({ ok: true, status: 200 })
  await vi.advanceTimersByTimeAsync(0)
  expect(posted).toEqual([80, 90])
})

test('more alerts than one fetch holds are all posted', async () => {
  const { tell, posted } = setUp()
  await tell(...Array.from({ length: 25 }, (_, n) => n))
  expect(posted).toHaveLength(25)
})

test('alerts posts nothing after it stopped', async () => {
  const { alerts, tell, posted, queue } = setUp([failed])
  await tell(80)
  await alerts.stop()
  await vi.advanceTimersByTimeAsync(10 * ALERT_AGAIN_MS)
  await alerts.deliver()
  expect(posted).toEqual([80])
  expect(queue).toHaveLength(1)
})
