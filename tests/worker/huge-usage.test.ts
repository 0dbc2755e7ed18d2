import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCallRecorder } from '../../worker/src/calls/call-recorder.ts'
import { errorOf } from '../../worker/src/generation/errors.ts'
import { exampleRoute } from '../../worker/src/testing/example-route.ts'
import { calls, generation } from '../support/generations.ts'
import { startWorkerParts, type WorkerParts } from '../support/worker-parts.ts'

let parts: WorkerParts
beforeAll(async () => {
  parts = await startWorkerParts()
})
afterAll(() => parts?.stop())

/** The most that an integer of Postgres holds. */
const most = 2 ** 31 - 1

test('a generation whose calls claim more tokens than a total can hold ends all the same', async () => {
  const { system, store, recording } = parts
  const id = await parts.submitter.submit(await system.person())
  const [job] = await parts.take(1)
  const run = job?.run
  if (!job || !run) throw new Error('nothing was delivered')
  const recorder = createCallRecorder(recording, { purpose: 'generation', ...run }, 'any', () => undefined)
  const callOf = {
    route: exampleRoute({}),
    keyFingerprint: 'key',
    reservedUsd: '0.5',
    estimatedUsd: '0.01',
    believed: { input: 4000, output: 1000 },
    hedge: false,
  }
  for (let n = 0; n < 12; n++) {
    const usage = { tokensInput: 100_000_000, tokensOutput: 200_000_000, tokensReasoning: null, tokensCached: null }
    await recorder.finish(await recorder.start(callOf), {
      ...{ outcome: 'upstream_error', httpStatus: 200, providerRequestId: null, modelServed: null, error: null },
      ...{ usage: { ...usage, costUsd: '0.01', costSource: 'provider' }, latencyMs: 5, firstTokenMs: 1 },
    })
  }
  expect(await store.fail(run, job, errorOf(run, 'upstream_error'), {})).toEqual({ tokens: most, costUsd: '0.12' })
  const believed =
    'select from public.ai_calls where generation_id = $1 and (believed_input, believed_output) = (4000, 1000)'
  expect((await system.admin.query(believed, [id])).rowCount).toBe(12)
  expect(await calls(system, id)).toHaveLength(12)
  expect(await generation(system, id)).toMatchObject({
    status: 'failed',
    tokens_input: 1_200_000_000,
    tokens_output: most,
  })
})
