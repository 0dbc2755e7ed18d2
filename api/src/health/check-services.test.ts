import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HEALTH_CHECK_MS } from '../deadlines.ts'
import { createServiceChecks, type ServiceDeps, serviceNames, statesOf } from './check-services.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const never = (): Promise<never> => new Promise(() => undefined)
const works = async (): Promise<void> => undefined
const checksOf = (hanging: readonly string[]): ServiceDeps['checks'] => {
  const check = (name: string) => (hanging.includes(name) ? never : works)
  return {
    db: check('db'),
    queue: check('queue'),
    auth: check('auth'),
    rest: check('rest'),
    workers: check('workers'),
    providers: check('providers'),
  }
}
const start = (hanging: readonly string[]) =>
  createServiceChecks({ checks: checksOf(hanging), listening: () => true, stopping: new AbortController().signal })

test.each([
  [['db'], 'unhealthy', false],
  [['queue'], 'degraded', false],
  [['auth'], 'unhealthy', false],
  [['rest'], 'degraded', true],
  [['workers'], 'degraded', true],
  [['providers'], 'degraded', true],
  [[...serviceNames], 'unhealthy', false],
])('when %j hang, all is said within the time of one check: %s', async (hanging, status, ready) => {
  const services = start(hanging)
  const answers = Promise.all([services.checkAll(), services.isReady()])
  await vi.advanceTimersByTimeAsync(HEALTH_CHECK_MS)
  const [health, isReady] = await answers
  expect([health.status, isReady]).toEqual([status, ready])
  for (const [name, state] of Object.entries(statesOf(health))) {
    expect([name, state]).toEqual([name, hanging.includes(name) ? 'down' : 'ok'])
    if (state === 'down')
      expect(Object.entries(health.services)).toContainEqual([name, expect.objectContaining({ error: 'timeout' })])
  }
})

test('readiness does not wait for services that requests do without', async () => {
  expect(await start(['rest', 'workers', 'providers']).isReady()).toBe(true)
})
