import { expect, test } from 'vitest'
import { readQueueStates } from './queue-state.ts'

test('the bands of several queues are one: their jobs together, and the longest wait', async () => {
  const home = async () => [
    { band: 0, depth: 2, age_seconds: 5 },
    { band: 1, depth: 1, age_seconds: 60 },
  ]
  const b = async () => [{ band: 0, depth: 3, age_seconds: 9 }]
  expect(await readQueueStates([home, b])).toEqual([
    { band: 0, depth: 5, age_seconds: 9 },
    { band: 1, depth: 1, age_seconds: 60 },
  ])
})

test('a queue that does not answer hides no other', async () => {
  const band = { band: 0, depth: 2, age_seconds: 5 }
  const silent = () => new Promise<never>(() => undefined)
  expect(await readQueueStates([silent, () => Promise.reject(new Error('down')), async () => [band]])).toEqual([band])
})
