import type { Script } from '@recto/local/model-server/script'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { calls, costOf, generation, jobs, suggestions, whenOver, whenStatus } from '../support/generations.ts'
import { lockRow, type RowLock } from '../support/lock-row.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter

type Step = {
  at: string
  marker: string
  /** How the model answers the first request; the next one gets cards at once. */
  answer?: Extract<Script, unknown[]>[number]
  /** A query that locks a row while the generation runs (or `before` it starts), and the statement that then waits. */
  lock?: { text: string; waits: string; before?: true }
  attempts: number[]
  /** The outcomes of the calls after settlement. */
  outcomes: string[]
}

const slow = { latency_ms: 2_000 }

/** Blocks changes of the generation, but not inserts of calls, which only refer to it. */
const generationRow = 'select from public.ai_generations where id = $1 for no key update'

const steps: Step[] = [
  {
    at: 'fetched, not yet claimed',
    marker: 'kill-at-claim',
    lock: { text: generationRow, waits: 'attempts = attempts + 1', before: true },
    // The waiting statement may still claim the job after its worker was killed.
    attempts: [1, 2],
    outcomes: ['ok'],
  },
  {
    at: 'claimed, waiting for an answer',
    marker: 'kill-at-headers',
    answer: { hang: 'headers' },
    attempts: [2],
    outcomes: ['worker_lost', 'ok'],
  },
  {
    at: 'waiting for the first token',
    marker: 'kill-at-first-token',
    answer: { hang: 'stream' },
    attempts: [2],
    outcomes: ['worker_lost', 'ok'],
  },
  {
    at: 'in the middle of the stream',
    marker: 'kill-at-stream',
    answer: { hang: 'stream', hang_after_chunks: 4 },
    attempts: [2],
    outcomes: ['worker_lost', 'ok'],
  },
  {
    at: 'answered, before the commit',
    marker: 'kill-at-answer',
    answer: slow,
    lock: { text: generationRow, waits: 'for no key update' },
    attempts: [2],
    outcomes: ['ok', 'ok'],
  },
  {
    at: 'suggestions written, not committed',
    marker: 'kill-at-write',
    answer: slow,
    lock: { text: 'select from pgboss.job where id = $1 for update', waits: 'SET completed_on' },
    attempts: [2],
    outcomes: ['ok', 'ok'],
  },
  {
    at: 'commit sent, its answer not read',
    marker: 'kill-at-commit',
    answer: slow,
    lock: { text: 'select pg_advisory_xact_lock(hashtextextended($1::text, 0))', waits: 'commit' },
    attempts: [1],
    outcomes: ['ok'],
  },
]

const ids = new Map<Step, string>()
const idOf = (step: Step) => ids.get(step) ?? ''
let killedAt: Date

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  // Lets the test stop a commit in the middle: the deferred trigger waits once COMMIT has reached Postgres.
  await system.admin.query(`
    create function public.wait_at_commit() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(hashtextextended(new.generation_id::text, 0));
      return null;
    end $$;
    create constraint trigger wait_at_commit after insert on public.ai_suggestions
      deferrable initially deferred for each row execute function public.wait_at_commit()`)
  system.model.setScript(
    steps.flatMap(({ marker, answer }) => (answer ? [{ ...answer, match: { text: marker }, times: 1 }] : [])),
  )
  const locks: (RowLock & { waits: string })[] = []
  const lock = async (step: Step) => {
    if (step.lock) locks.push({ ...(await lockRow(system, step.lock.text, [idOf(step)])), waits: step.lock.waits })
  }
  for (const step of steps) {
    ids.set(step, await submitter.submit(await system.person(), { source_text: newText({ marker: step.marker }) }))
    if (step.lock?.before) await lock(step)
  }
  const victim = await system.startWorker()
  for (const step of steps) {
    if (step.lock?.before) continue
    await whenStatus(system, idOf(step), ['running'])
    await lock(step)
  }
  await Promise.all(locks.map(({ awaited, waits }) => awaited(waits)))
  await until(() => ['kill-at-headers', 'kill-at-first-token', 'kill-at-stream'].every(asked), {
    what: 'the requests to the model',
    timeoutMs: 30_000,
  })
  await system.startWorker()
  victim.kill('SIGKILL')
  killedAt = new Date()
  await victim.exited
  await Promise.all(locks.map(({ release }) => release()))
})
afterAll(async () => {
  await submitter.stop()
  await system.stop()
})

const asked = (marker: string) => system.model.requests.some(({ generationMarker }) => generationMarker === marker)

describe('a job whose worker is killed', () => {
  test.for(steps)('succeeds exactly once ($at)', async (step) => {
    const id = idOf(step)
    const over = await whenOver(system, id, 40_000)
    expect(over).toMatchObject({ status: 'succeeded', error: null })
    expect(step.attempts).toContain(over.attempts)
    expect((Number(over.finished_at) - Number(killedAt)) / 1000).toBeLessThan(15)

    const cards = await suggestions(system, id)
    expect(cards.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    const isOver = async () => (await calls(system, id)).every(({ outcome }) => outcome !== null)
    await until(isOver, { what: 'the end of all calls', timeoutMs: 30_000 })
    const made = await calls(system, id)
    expect(made.map(({ outcome }) => outcome)).toEqual(step.outcomes)
    expect(made).toHaveLength(
      system.model.requests.filter(({ generationMarker }) => generationMarker === step.marker).length,
    )
    expect((await generation(system, id)).cost_usd).toBe(await costOf(system, id))
    expect((await jobs(system, id)).map(({ state }) => state)).toEqual(['completed'])
  })
})
