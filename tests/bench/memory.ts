import { setTimeout as delay } from 'node:timers/promises'
import { until } from '@recto/local/until'
import { resident } from '../support/resident.ts'
import { startSystem } from '../support/system.ts'
import { answer, enqueue, resetBacklog } from './backlog.ts'
import { megabytes } from './numbers.ts'
import { below, type Part, type Row } from './row.ts'

const inFlight = 1_000
const restMs = 3_000

const bounded = (what: string, bytes: number, most: number): Row =>
  below(what, bytes / 1024 / 1024, megabytes(bytes), most, ' MB')

/** Measures the resident memory of API and worker soon after start, and of a worker with 1,000 open requests. */
export const memory: Part = async ({ say }) => {
  const system = await startSystem({ durable: true })
  try {
    await resetBacklog(system.admin)
    const api = await system.startApi()
    const worker = await system.startWorker({ WORKER_SLOTS: String(inFlight) })
    await delay(restMs)
    const rest = { api: resident(api.pid), worker: resident(worker.pid) }
    say(`memory at rest: API ${megabytes(rest.api)}, worker ${megabytes(rest.worker)}`)

    // Each answer takes a minute, so that all are open at once and none ends before the measurement.
    system.model.setScript([{ content: answer, chunks: 60, chunk_gap_ms: 1_000 }])
    await enqueue(system.admin, inFlight)
    await until(() => system.model.totals().open === inFlight, { what: 'open requests of all jobs', timeoutMs: 45_000 })
    let most = 0
    for (let sample = 0; sample < 30; sample++) {
      most = Math.max(most, resident(worker.pid))
      await delay(100)
    }
    say(`memory with ${inFlight} jobs in flight: ${megabytes(most)}`)
    return [
      bounded('memory of the API at rest', rest.api, 150),
      bounded('memory of a worker at rest', rest.worker, 200),
      bounded(`memory of a worker with ${inFlight} jobs in flight, highest`, most, 500),
    ]
  } finally {
    await system.stop()
  }
}
