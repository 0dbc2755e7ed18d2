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
  /** Which of the workers that are killed has the generation. The others are stopped meanwhile. */
  victim: 1 | 2 | 3
  /** How the model answers the first request; the next one gets cards at once. */
  answer?: Extract<Script, unknown[]>[number]
  /** A query that locks a row while the generation runs, and the statement that then waits. */
  lock?: { text: string; waits: string }
  /** How often the generation may be claimed, and the outcomes of its calls after settlement. */
  ends: Record<number, string[]>
}

const slow = { latency_ms: 2_000 }

/** Blocks changes of the generation, but not inserts of calls, which only refer to it. */
const generationRow = 'select from public.ai_generations where id = $1 for no key update'

/** The end of the killed run is lost: the generation runs again. */
const runsAgain = { 2: ['worker_lost', 'ok'] }

const steps: Step[] = [
  {
    at: 'claimed, waiting for an answer',
    marker: 'kill-at-headers',
    victim: 1,
    answer: { hang: 'headers' },
    ends: runsAgain,
  },
  {
    at: 'waiting for the first token',
    marker: 'kill-at-first-token',
    victim: 1,
    answer: { hang: 'stream' },
    ends: runsAgain,
  },
  {
    at: 'in the middle of the stream',
    marker: 'kill-at-stream',
    victim: 1,
    answer: { hang: 'stream', hang_after_chunks: 4 },
    ends: runsAgain,
  },
  {
    at: 'answered, its batch waiting for its generation',
    marker: 'kill-at-answer',
    victim: 1,
    answer: slow,
    lock: { text: generationRow, waits: 'finish_runs' },
    // As any statement that was sent already, it may still be carried out after its worker was killed.
    ends: { 1: ['ok'], ...runsAgain },
  },
  {
    at: 'its batch sent and not answered',
    marker: 'kill-in-batch',
    victim: 2,
    answer: slow,
    lock: { text: 'select from pgboss.job where id = $1 for update', waits: 'finish_runs' },
    ends: { 1: ['ok'], ...runsAgain },
  },
  {
    at: 'answered, waiting for the next batch',
    marker: 'kill-before-batch',
    victim: 2,
    answer: { latency_ms: 2_600 },
    ends: runsAgain,
  },
  {
    at: 'commit sent, its answer not read',
    marker: 'kill-at-commit',
    victim: 3,
    answer: slow,
    lock: { text: 'select pg_advisory_xact_lock(hashtextextended($1::text, 0))', waits: 'commit' },
    ends: { 1: ['ok'] },
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
  const locks: RowLock[] = []
  const lock = async (step: Step) => {
    if (!step.lock) return
    const held = await lockRow(system, step.lock.text, [idOf(step)])
    locks.push(held)
    return () => held.awaited(step.lock?.waits ?? '')
  }
  const victims = [await system.startWorker(), await system.startWorker(), await system.startWorker()]
  for (const victim of victims) victim.kill('SIGSTOP')
  for (const [n, victim] of victims.entries()) {
    const own = steps.filter((step) => step.victim === n + 1)
    const waits: ((() => Promise<void>) | undefined)[] = []
    for (const step of own) {
      ids.set(step, await submitter.submit(await system.person(), { source_text: newText({ marker: step.marker }) }))
    }
    victim.kill('SIGCONT')
    for (const step of own) {
      await whenStatus(system, idOf(step), ['running'])
      waits.push(await lock(step))
    }
    await Promise.all(waits.map((wait) => wait?.()))
    await until(() => own.every(isUnderWay), { what: 'the requests to the model', timeoutMs: 10_000 })
    victim.kill('SIGSTOP')
  }
  await system.startWorker()
  for (const victim of victims) victim.kill('SIGKILL')
  killedAt = new Date()
  await Promise.all(victims.map(({ exited }) => exited))
  await Promise.all(locks.map(({ release }) => release()))
})
afterAll(() => system?.stop())

/** Whether the model hangs at the request, or has answered it. A generation that is not claimed sends none. */
const isUnderWay = ({ marker, answer }: Step): boolean => {
  const request = system.model.requests.find(({ generationMarker }) => generationMarker === marker)
  return !answer || (request !== undefined && ('hang' in answer || request.finishedAt !== null))
}

describe('a job whose worker is killed', () => {
  test.for(steps)('succeeds exactly once ($at)', async (step) => {
    const id = idOf(step)
    const over = await whenOver(system, id, 40_000)
    expect(over).toMatchObject({ status: 'succeeded', error: null })
    const outcomes = step.ends[over.attempts]
    expect((Number(over.finished_at) - Number(killedAt)) / 1000).toBeLessThan(15)

    const cards = await suggestions(system, id)
    expect(cards.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    const isOver = async () => (await calls(system, id)).every(({ outcome }) => outcome !== null)
    await until(isOver, { what: 'the end of all calls', timeoutMs: 30_000 })
    const made = await calls(system, id)
    expect(made.map(({ outcome }) => outcome)).toEqual(outcomes)
    expect(made).toHaveLength(
      system.model.requests.filter(({ generationMarker }) => generationMarker === step.marker).length,
    )
    expect((await generation(system, id)).cost_usd).toBe(await costOf(system, id))
    expect(await jobs(system, id)).toEqual([])
  })
})
