import { createCallRecorder } from '../../worker/src/calls/call-recorder.ts'
import type { Run } from '../../worker/src/generation/run.ts'
import { flashcards } from '../../worker/src/kinds/flashcards/kind.ts'
import type { CallRecorder } from '../../worker/src/llm/request.ts'
import type { Job } from '../../worker/src/queue/jobs.ts'
import { exampleRoute } from '../../worker/src/testing/example-route.ts'
import { calls, generation, jobs as jobsOf, suggestions } from '../support/generations.ts'
import type { WorkerParts } from '../support/worker-parts.ts'

/** A run with the job by which it was delivered. */
export type Delivered = { run: Run; job: Job }

/** A result with a card for each fingerprint. */
export const resultOf = (fingerprints: string[]) => {
  const quote = { source_quote: 'This', quote_start: 0, quote_end: 4 }
  const cards = fingerprints.map((fingerprint, n) => ({ fingerprint, position: n + 1, ...quote }))
  const result = flashcards.fromCache(cards.map((card) => ({ ...card, front: 'Front', back: 'Back', flags: [] })))
  if (!result) throw new Error('no result')
  return result
}

const start = (recorder: CallRecorder) =>
  recorder.start({
    ...{ route: exampleRoute({}), keyFingerprint: 'key' },
    ...{ reservedUsd: '0.5', estimatedUsd: '0.01', believed: { input: 4000, output: 1000 }, hedge: false },
  })

/** What a worker does with jobs that are delivered to it, step by step. */
export const createDeliveries = ({ system, submitter, take, recording, store }: WorkerParts) => {
  /** The recorder of the calls of a run. `gone` is told when the run has lost its fence. */
  const recorderOf = (run: Run, gone: (run: Run) => void = () => undefined) =>
    createCallRecorder(recording, { purpose: 'generation', ...run }, 'any', () => gone(run))

  const answerCall = async (run: Run): Promise<void> => {
    const recorder = recorderOf(run)
    const id = await start(recorder)
    const usage = { tokensInput: 30, tokensOutput: 4, tokensReasoning: null, tokensCached: null }
    await recorder.finish(id, {
      ...{ outcome: 'ok', httpStatus: 200, providerRequestId: 'gen-1', modelServed: null, error: null },
      ...{ usage: { ...usage, costUsd: '0.0123', costSource: 'provider' }, latencyMs: 5, firstTokenMs: 1 },
    })
  }

  /** Runs of several people. */
  const claim = async (count: number): Promise<Delivered[]> => {
    for (let n = 0; n < count; n++) await submitter.submit(await system.person())
    return (await take(count)).flatMap((job) => (job.run ? [{ run: job.run, job }] : []))
  }

  return {
    recorderOf,
    /** Starts a call. */
    start,
    claim,
    /** Runs of several people, each with one call that has answered and is not written yet. */
    deliver: async (count: number): Promise<Delivered[]> => {
      const delivered = await claim(count)
      await Promise.all(delivered.map(({ run }) => answerCall(run)))
      return delivered
    },
    commit: ({ run, job }: Delivered, fingerprints = [run.id]) =>
      store.commit(run, job, resultOf(fingerprints), { model: 'm' }, null),
    /** What the database has of a generation. */
    rowsOf: async (id: string) => ({
      row: await generation(system, id),
      call: (await calls(system, id))[0],
      cards: (await suggestions(system, id)).length,
      states: (await jobsOf(system, id)).map(({ state }) => state),
    }),
    /** What the account of a generation has spent and reserved. */
    spendingOf: async (id: string) => {
      const { rows } = await system.admin.query(
        `select trim_scale(s.spent_usd)::text as spent, trim_scale(s.reserved_usd)::text as reserved
         from recto.spending s join public.ai_generations g using (account_id) where g.id = $1`,
        [id],
      )
      return rows[0]
    },
  }
}

export type Deliveries = ReturnType<typeof createDeliveries>
