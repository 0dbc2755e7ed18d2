import { expect, test } from 'vitest'
import { exampleRoute } from '../../testing/example-route.ts'
import type { Route } from '../route.ts'
import type { RouteHealth } from './route-health.ts'
import { shareRoutes } from './share-routes.ts'
import type { Row } from './store.ts'

const [a, b] = [exampleRoute({ provider: 'a' }), exampleRoute({ provider: 'b' })]
const now = 1_000_000
const opened = (at: number): RouteHealth => ({ state: 'open', until: at + 5000, reason: 'timeout', openings: 1, at })
const row = (more: Partial<Row> = {}): Row => ({
  provider: 'a',
  model: 'acme/m',
  state: 'open',
  reason: 'timeout',
  openings: 2,
  restMs: 4000,
  ageMs: 1500,
  ...more,
})

/** Shares by a table that holds these rows; a statement fails when it is among `broken`. */
const start = ({ rows = [] as Row[], broken = [] as string[] } = {}) => {
  const log: string[] = []
  const errors: unknown[] = []
  const adopted: [string, RouteHealth][] = []
  const announced: (readonly Route[])[] = []
  const gates: PromiseWithResolvers<void>[] = []
  const share = shareRoutes({
    store: {
      announce: async (routes) => {
        announced.push(routes)
        if (broken.includes('announce')) throw new Error('the database is away')
        return rows
      },
      publish: async ({ provider }, health) => {
        log.push(`${provider} ${health.state} ${health.at}`)
        const gate = Promise.withResolvers<void>()
        gates.push(gate)
        await gate.promise
        if (broken.includes('publish')) throw new Error('the database is away')
      },
    },
    routePool: { usable: () => [a], adopt: ({ provider }, health) => adopted.push([provider, health]) },
    notify: () => log.push('hint'),
    now: () => now,
    everyMs: 600_000,
    onError: (error) => errors.push(error),
  })
  /** Ends the statement that is under way, and waits for what follows. */
  const next = async () => {
    gates.shift()?.resolve()
    await new Promise(setImmediate)
  }
  return { share, log, errors, adopted, announced, next }
}

test('a change is told, and then hinted', async () => {
  const { share, log, next } = start()
  share.changed(a, opened(1))
  expect(log).toEqual(['a open 1'])
  await next()
  expect(log).toEqual(['a open 1', 'hint'])
})

test('changes are told one after the other; of two of one route that wait, the later alone', async () => {
  const { share, log, next } = start()
  share.changed(a, opened(1))
  share.changed(a, opened(2))
  share.changed(b, opened(3))
  share.changed(a, opened(4))
  expect(log).toEqual(['a open 1'])
  await next()
  await next()
  await next()
  expect(log).toEqual(['a open 1', 'hint', 'a open 4', 'hint', 'b open 3', 'hint'])
  share.changed(b, opened(5))
  expect(log.at(-1)).toBe('b open 5')
})

test('a database that is away does no harm: the next change is told', async () => {
  const { share, log, errors, next } = start({ broken: ['publish'] })
  share.changed(a, opened(1))
  share.changed(b, opened(2))
  await next()
  await next()
  expect(errors).toHaveLength(2)
  share.changed(a, opened(3))
  expect(log.at(-1)).toBe('a open 3')
})

test('what others tell is taken over, by the time here', async () => {
  const { share, adopted, announced } = start({
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

test("that another worker's keys rest is none of ours", async () => {
  const { share, adopted } = start({
    rows: [row({ reason: 'auth' }), row({ reason: 'provider_credit_exhausted' }), row({ provider: 'b' })],
  })
  share.refresh()
  await expect.poll(() => adopted.map(([provider]) => provider)).toEqual(['b'])
})

test('news that cannot be read leave everything as it is', async () => {
  const { share, adopted, errors } = start({ rows: [row()], broken: ['announce'] })
  share.refresh()
  await expect.poll(() => errors.length).toBe(1)
  expect(adopted).toEqual([])
})

test('from its start it says which routes it can use, and knows what others found', async () => {
  const { share, announced, adopted } = start({ rows: [row()] })
  await share.start()
  share.stop()
  expect([announced, adopted.map(([provider]) => provider)]).toEqual([[[a]], ['a']])
})

test('it starts though the database is away', async () => {
  const { share, errors } = start({ broken: ['announce'] })
  await share.start()
  share.stop()
  expect(errors).toHaveLength(1)
})
