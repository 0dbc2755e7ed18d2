import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'
import type { QueueBand } from './queue-state.ts'

const moves = async () => ({ accounts: 0, age_seconds: 0 })
const band: QueueBand = { band: 0, depth: 7, age_seconds: 60 }

test('a scrape reads the measure of the queue once, for depth and age', async () => {
  let reads = 0
  const queue = async () => {
    reads += 1
    return [band]
  }
  const { registry } = createMetrics({ queue, moves, pools: [], databases: [] })
  const text = await registry.metrics()
  expect(text).toContain('recto_queue_depth{band="0"} 7\n')
  expect(text).toContain('recto_queue_age_seconds{band="0"} 60\n')
  expect(reads).toBe(1)
  await registry.metrics()
  expect(reads).toBe(2)
})

test('a scrape answers without the queue when the database does not answer, and asks it no second time meanwhile', async () => {
  let reads = 0
  const queue = () => {
    reads += 1
    return new Promise<QueueBand[]>(() => undefined)
  }
  const { registry } = createMetrics({ queue, moves, pools: [], databases: [] })
  await registry.metrics()
  const text = await registry.metrics()
  expect(text).toContain('recto_event_streams 0\n')
  expect(text).not.toContain('recto_queue_depth{')
  expect(reads).toBe(1)
})

test('decisions are counted by what they are about', async () => {
  const { registry, reviewed } = createMetrics({ queue: async () => [], moves, pools: [], databases: [] })
  reviewed('suggestion', 'edit')
  expect(await registry.metrics()).toContain('recto_reviews_total{about="suggestion",action="edit"} 1\n')
})

test('what alerts count begins with zero', async () => {
  const { registry } = createMetrics({ queue: async () => [], moves, pools: [], databases: [] })
  const text = await registry.metrics()
  for (const limit of ['queue', 'overload', 'imports', 'streams', 'move'])
    expect(text).toContain(`recto_refusals_total{limit="${limit}"} 0\n`)
  for (const reason of ['done', 'stalled'])
    expect(text).toContain(`recto_event_streams_ended_total{reason="${reason}"} 0\n`)
  for (const name of ['recto_accounts_moving', 'recto_move_age_seconds', 'recto_deletions_failing'])
    expect(text).toContain(`${name} 0\n`)
})

test('moves are told as they were, while the database does not answer', async () => {
  const answers = [async () => ({ accounts: 3, age_seconds: 901 }), () => Promise.reject(new Error('down'))]
  const { registry } = createMetrics({
    queue: async () => [],
    moves: () => answers.shift()?.() ?? Promise.reject(new Error('down')),
    pools: [],
    databases: [],
  })
  for (const text of [await registry.metrics(), await registry.metrics()]) {
    expect(text).toContain('recto_accounts_moving 3\n')
    expect(text).toContain('recto_move_age_seconds 901\n')
  }
})
