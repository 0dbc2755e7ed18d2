import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Run } from '../../worker/src/generation/run.ts'
import type { Store } from '../../worker/src/generation/store.ts'
import type { Job } from '../../worker/src/queue/jobs.ts'
import { generation, jobs as jobsOf } from '../support/generations.ts'
import type { System } from '../support/system.ts'
import { startWorkerParts, type WorkerParts } from '../support/worker-parts.ts'

let parts: WorkerParts
let system: System
beforeAll(async () => {
  parts = await startWorkerParts()
  ;({ system } = parts)
})
afterAll(() => parts?.stop())

/** The store of a worker. `lost` acknowledgements make it send a write again that was committed. */
const storeOf = (lost = 0): Store => {
  let left = lost
  return parts.storeWith(async (write) => {
    const result = await write()
    return left-- > 0 ? afterAnotherDelivery(write) : result
  })
}

let other: Job | undefined

/** Sends the write again once another worker has fetched and claimed the job. */
const afterAnotherDelivery = async <T>(write: () => Promise<T>): Promise<T> => {
  // A delivery is told from another one by its time in milliseconds.
  await delay(5)
  ;[other] = await parts.take(1)
  if (!other?.run) throw new Error('nothing was delivered')
  return write()
}

test.each<[string, (store: Store, run: Run, job: Job) => Promise<boolean>]>([
  ['release', (store, run, job) => store.release(run, job)],
  ['defer', (store, run, job) => store.defer(run, job, { reason: 'routes_resting', delaySeconds: 0 })],
])(
  'a %s that is sent again after a lost acknowledgement leaves the delivery of another worker alone',
  async (_name, handBack) => {
    const id = await parts.submitter.submit(await system.person())
    const [job] = await parts.take(1)
    const run = job?.run
    if (!job || !run) throw new Error('nothing was claimed')
    expect(await handBack(storeOf(1), run, job)).toBe(false)
    expect(other).toMatchObject({ id, retryCount: 0 })
    expect(await jobsOf(system, id)).toMatchObject([{ state: 'active' }])
    expect(await generation(system, id)).toMatchObject({ status: 'running', attempts: 2 })
    expect(await parts.jobs.touch(other ? [other] : [])).toEqual(new Set([other]))
    await storeOf().fail(
      { ...run, attempt: 2 },
      other ?? job,
      {
        code: 'timeout',
        message: '',
        retryable: true,
        attempts: 2,
        provider: null,
        http_status: null,
        provider_request_id: null,
        response_excerpt: null,
        timing: {},
      },
      {},
    )
    expect(await jobsOf(system, id)).toEqual([])
  },
)
