import { createLog } from '@recto/shared/log'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { Job } from '../jobs.ts'
import type { Ask } from '../models/ask.ts'
import type { Failure } from '../models/failure.ts'
import { createProcess, type Outcome } from './process.ts'
import type { Run } from './run.ts'
import type { Store } from './store.ts'

const job: Job = { id: 'g', priority: 0, retryCount: 0, retryLimit: 3, deliveredAt: '2026-11-21T00:00:00.000Z' }
const claimed: Run = {
  id: 'g',
  userId: 'u',
  accountId: 'u',
  requestId: 'r',
  sourceText: 'The tower is 42 metres high.',
  model: 'balanced',
  promptVersion: 'flashcards@1',
  options: {},
  attempt: 1,
  waitedMs: 5,
}

/** Runs one delivery over a store that only notes what it is told; answers the notes, the outcome and the log. */
const deliver = async (
  ask: Ask,
  { held = true, run = claimed as Run | null, of = job } = {},
  signal = new AbortController().signal,
) => {
  const notes: unknown[] = []
  const outcomes: Outcome[] = []
  const lines: string[] = []
  const note =
    (name: string) =>
    async (...[, , more]: unknown[]) => {
      notes.push(more === undefined ? name : [name, more])
      return held
    }
  const store: Store = {
    claim: async () => run,
    dismiss: async () => void notes.push('dismiss'),
    commit: note('commit'),
    fail: note('fail'),
    retry: note('retry'),
    release: note('release'),
    abandon: async () => void notes.push('abandon'),
  }
  const process = createProcess({
    store,
    ask,
    journalOf: () => ({ start: async () => 'call', finish: async () => undefined }),
    random: () => 0,
    log: createLog('worker', 'info', { write: (line) => lines.push(line) }),
    onEnd: (outcome) => outcomes.push(outcome),
  })
  await process(of, signal)
  return { notes, outcomes, log: lines.join('') }
}

const breaks: Ask = async () => {
  throw new TypeError('The tower is 42 metres high.')
}
const aborted: Failure = {
  class: 'aborted',
  message: 'The request was stopped by this service.',
  retryable: true,
  retryAfterMs: null,
  provider: 'openrouter',
  httpStatus: null,
  providerRequestId: null,
  responseExcerpt: null,
  timing: { requests: 1, latencyMs: 1, firstTokenMs: null, totalMs: 1 },
}
/** As the model layer answers once its signal has aborted. */
const isAborted: Ask = async () => ({ ok: false, failure: aborted })

describe('one delivery of a job', () => {
  test('that nobody needs any more is dismissed', async () => {
    const { notes, outcomes } = await deliver(breaks, { run: null })
    expect(notes).toEqual(['dismiss'])
    expect(outcomes).toEqual([{ outcome: 'dismissed' }])
  })

  test('that meets a defect of ours is tried again, and the log holds nothing of the text', async () => {
    const { notes, outcomes, log } = await deliver(breaks)
    expect(notes).toEqual([['retry', 1]])
    expect(outcomes).toEqual([{ outcome: 'retried', code: 'internal_error', delaySeconds: 1 }])
    expect(log).toContain('"type":"TypeError"')
    expect(log).not.toContain('tower')
  })

  test('that meets it at its last try fails', async () => {
    const { notes } = await deliver(breaks, { of: { ...job, retryCount: 3 } })
    expect(notes).toMatchObject([['fail', { code: 'internal_error', attempts: 1, provider: null }]])
  })

  test('is left to the queue when the database stays away', async () => {
    const away = Object.assign(new pg.DatabaseError('away', 0, 'error'), { code: '57P01' })
    await expect(
      deliver(async () => {
        throw away
      }),
    ).rejects.toBe(away)
  })

  test.for([
    ['shutdown', ['release'], 'released'],
    ['cancelled', ['abandon'], 'cancelled'],
    ['lost', ['abandon'], 'lost'],
  ] as const)('that is stopped because of %s', async ([reason, notes, outcome]) => {
    const done = await deliver(isAborted, {}, AbortSignal.abort(reason))
    expect(done.notes).toEqual(notes)
    expect(done.outcomes).toEqual([{ outcome }])
  })

  test.for([
    ['shutdown', isAborted],
    [undefined, breaks],
  ] as const)('whose fence is gone is lost (%s)', async ([reason, ask]) => {
    const signal = reason ? AbortSignal.abort(reason) : new AbortController().signal
    expect((await deliver(ask, { held: false }, signal)).outcomes).toEqual([{ outcome: 'lost' }])
  })
})
