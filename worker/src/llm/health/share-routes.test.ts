import { expect, test } from 'vitest'
import { exampleRoute } from '../../testing/example-route.ts'
import type { Route } from '../route.ts'
import type { RouteHealth } from './route-health.ts'
import { shareRoutes } from './share-routes.ts'
import type { RouteHealthRow } from './store.ts'

const [a, b] = [exampleRoute({ provider: 'a' }), exampleRoute({ provider: 'b' })]
const now = 1_000_000
const openHealth = (at: number): RouteHealth => ({
  state: 'open',
  until: at + 5000,
  reason: 'timeout',
  openings: 1,
  at,
})
const row = (more: Partial<RouteHealthRow> = {}): RouteHealthRow => ({
  provider: 'a',
  model: 'acme/m',
  state: 'open',
  reason: 'timeout',
  openings: 2,
  restMs: 4000,
  ageMs: 1500,
  ...more,
})

/**
 * `shareRoutes` with a store that holds `rows` and whose statements named in `failing` fail. `log` lists publications
 * and notifications.
 */
const shareHarness = ({ rows = [] as RouteHealthRow[], failing = [] as string[] } = {}) => {
  const log: string[] = []
  const errors: unknown[] = []
  const adopted: [string, RouteHealth][] = []
  const announced: (readonly Route[])[] = []
  const gates: PromiseWithResolvers<void>[] = []
  const share = shareRoutes({
    store: {
      announce: async (routes) => {
        announced.push(routes)
        if (failing.includes('announce')) throw new Error('the database is away')
        return rows
      },
      firstTokens: async () => {
        if (failing.includes('firstTokens')) throw new Error('the database is away')
        return [{ provider: 'a', model: 'acme/m', measured: [300, 200] }]
      },
      publish: async ({ provider }, health) => {
        log.push(`${provider} ${health.state} ${health.at}`)
        const gate = Promise.withResolvers<void>()
        gates.push(gate)
        await gate.promise
        if (failing.includes('publish')) throw new Error('the database is away')
      },
    },
    routePool: {
      usable: () => [a],
      adopt: ({ provider }, health) => adopted.push([provider, health]),
      learnFirstTokens: ({ provider }, measured) => log.push(`${provider} speaks after ${measured.join(', ')} ms`),
    },
    notify: () => log.push('notify'),
    now: () => now,
    everyMs: 600_000,
    onError: (error) => errors.push(error),
  })
  /** Lets the running `publish` end, and waits for what follows it. */
  const finishPublish = async () => {
    gates.shift()?.resolve()
    await new Promise(setImmediate)
  }
  return { share, log, errors, adopted, announced, finishPublish }
}

test('shareRoutes publishes a change and then notifies the other workers', async () => {
  const { share, log, finishPublish } = shareHarness()
  share.changed(a, openHealth(1))
  expect(log).toEqual(['a open 1'])
  await finishPublish()
  expect(log).toEqual(['a open 1', 'notify'])
})

test('shareRoutes publishes changes one after the other, and only the last of several waiting changes of a route', async () => {
  const { share, log, finishPublish } = shareHarness()
  share.changed(a, openHealth(1))
  share.changed(a, openHealth(2))
  share.changed(b, openHealth(3))
  share.changed(a, openHealth(4))
  expect(log).toEqual(['a open 1'])
  await finishPublish()
  await finishPublish()
  await finishPublish()
  expect(log).toEqual(['a open 1', 'notify', 'a open 4', 'notify', 'b open 3', 'notify'])
  share.changed(b, openHealth(5))
  expect(log.at(-1)).toBe('b open 5')
})

test('shareRoutes publishes the next change after the database was unreachable', async () => {
  const { share, log, errors, finishPublish } = shareHarness({ failing: ['publish'] })
  share.changed(a, openHealth(1))
  share.changed(b, openHealth(2))
  await finishPublish()
  await finishPublish()
  expect(errors).toHaveLength(2)
  share.changed(a, openHealth(3))
  expect(log.at(-1)).toBe('a open 3')
})

test('shareRoutes adopts what other workers published, converted to its own clock', async () => {
  const { share, adopted, announced } = shareHarness({
    rows: [row(), row({ provider: 'b', state: 'closed', reason: null, openings: 0, restMs: 0 })],
  })
  share.refresh()
  await expect.poll(() => adopted.length).toBe(2)
  expect(announced).toEqual([[a]])
  expect(adopted).toEqual([
    ['a', { state: 'open', reason: 'timeout', openings: 2, until: now + 4000, at: now - 1500 }],
    ['b', { state: 'closed', reason: null, openings: 0, until: now, at: now - 1500 }],
  ])
})

test("shareRoutes does not adopt a rest that another worker's keys caused", async () => {
  const { share, adopted } = shareHarness({
    rows: [row({ reason: 'auth' }), row({ reason: 'provider_credit_exhausted' }), row({ provider: 'b' })],
  })
  share.refresh()
  await expect.poll(() => adopted.map(([provider]) => provider)).toEqual(['b'])
})

test('shareRoutes adopts nothing when the table cannot be read', async () => {
  const { share, adopted, errors } = shareHarness({ rows: [row()], failing: ['announce'] })
  share.refresh()
  await expect.poll(() => errors.length).toBe(1)
  expect(adopted).toEqual([])
})

test('shareRoutes announces its routes and adopts the known health when it starts', async () => {
  const { share, announced, adopted } = shareHarness({ rows: [row()] })
  await share.start()
  share.stop()
  expect([announced, adopted.map(([provider]) => provider)]).toEqual([[[a]], ['a']])
})

test('shareRoutes starts even when the database is unreachable', async () => {
  const { share, errors } = shareHarness({ failing: ['announce'] })
  await share.start()
  share.stop()
  expect(errors).toHaveLength(1)
})

test('shareRoutes learns at its start what routes usually take to their first token', async () => {
  const { share, log } = shareHarness()
  await share.start()
  share.stop()
  expect(log).toEqual(['a speaks after 300, 200 ms'])
})

test('shareRoutes starts and adopts health when first tokens cannot be learned', async () => {
  const { share, log, errors, adopted } = shareHarness({ rows: [row()], failing: ['firstTokens'] })
  await share.start()
  share.stop()
  expect([log, errors, adopted]).toEqual([[], [expect.any(Error)], [expect.anything()]])
})
