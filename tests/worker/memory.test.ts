import { freePort } from '@recto/local/ports'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { usedHeap } from '../support/heap.ts'
import type { TestPerson } from '../support/person.ts'
import { resident } from '../support/resident.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { whenAllIsOver } from './chaos.ts'

const PEOPLE = 20
/**
 * Before the first measure: the second 300 generations of a process still add 4 MB, and all later ones together less
 * than 1.
 */
const WARM_UP_ROUNDS = 2
const ROUNDS = 10
/** Of each person in a round. All rounds behind the warm-up are 3,000 generations. */
const PER_ROUND = 15

let system: System
let submitter: Submitter
let people: TestPerson[]

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  // Each round fills all slots, however fast the machine submits: memory follows what was done at once.
  system.model.setScript([{ latency_ms: 200 }])
  await system.limit(10_000, 60)
  people = await Promise.all(Array.from({ length: PEOPLE }, () => system.person()))
})
afterAll(() => system?.stop())

/** Runs 300 generations of texts that no other generation has. */
const runRound = async () => {
  const rows = () => Array.from({ length: PER_ROUND }, () => ({ source_text: newText() }))
  await Promise.all(people.map((person) => submitter.submitAll(person, rows())))
  await whenAllIsOver(system, 60_000)
}

test('the memory of a warm worker after 3,000 generations is within 10 % of that after 300', async () => {
  const port = await freePort()
  const worker = await system.startWorker({ NODE_OPTIONS: `--inspect=127.0.0.1:${port}`, WORKER_SLOTS: '50' })
  const measure = async () => ({ heap: await usedHeap(port), resident: resident(worker.pid) })

  for (let round = 0; round < WARM_UP_ROUNDS; round++) await runRound()
  await runRound()
  const early = await measure()
  for (let round = 1; round < ROUNDS; round++) await runRound()
  const late = await measure()
  expect(system.model.totals().requests).toBeGreaterThanOrEqual((WARM_UP_ROUNDS + ROUNDS) * PEOPLE * PER_ROUND)
  expect(late.heap).toBeLessThan(early.heap * 1.1)
  expect(late.resident).toBeLessThan(early.resident * 1.1)
})
