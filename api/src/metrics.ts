import { setTimeout as delay } from 'node:timers/promises'
import { createRegistry, type RegistryDeps } from '@recto/shared/metrics'
import { Counter, Gauge, Histogram } from 'prom-client'
import type { Moves } from './cells/moves.ts'
import { MEASURE_MS } from './deadlines.ts'
import { endReasons } from './events/reader.ts'
import type { QueueBand } from './queue-state.ts'
import type { Reviewed } from './reviews/reviewed.ts'

export type MetricsDeps = Pick<RegistryDeps, 'pools' | 'databases'> & {
  /** The bands of the queue as a worker last measured them. */
  queue(): Promise<QueueBand[]>
  /** The moves of accounts that are not over. */
  moves(): Promise<Moves>
}

/**
 * Scrapes that meet share one read, and none waits long for it. `otherwise`: the answer while the database gives none.
 */
const briefly = <T>(read: () => Promise<T>, otherwise: T): (() => Promise<T>) => {
  let reading: Promise<T> | undefined
  return () => {
    reading ??= read()
      .catch(() => otherwise)
      .finally(() => {
        reading = undefined
      })
    return Promise.race([reading, delay(MEASURE_MS, otherwise, { ref: false })])
  }
}

/** The API's Prometheus metrics. Labels name no person, account or generation. */
export const createMetrics = ({ queue, moves, pools, databases }: MetricsDeps) => {
  const registry = createRegistry({ pools, databases, answerMs: MEASURE_MS })
  const seconds = new Histogram({
    name: 'recto_http_request_duration_seconds',
    help: 'Requests by the template of their path, and the time until their answer was ready.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  })
  const refused = new Counter({
    name: 'recto_refusals_total',
    help: 'Requests that a limit or a move refused, by its name.',
    labelNames: ['limit'],
    registers: [registry],
  })
  // A counter that begins with its first event hides it from `increase`. The same holds for the streams below.
  for (const limit of ['queue', 'overload', 'imports', 'streams', 'move']) refused.inc({ limit }, 0)
  const submitted = new Counter({
    name: 'recto_submissions_total',
    help: 'Generations that were accepted, by kind. A repeated submission is not counted.',
    labelNames: ['use_case'],
    registers: [registry],
  })
  const reviews = new Counter({
    name: 'recto_reviews_total',
    help: 'Decisions of people that the API carried out, by what they were about and the action.',
    labelNames: ['about', 'action'],
    registers: [registry],
  })
  const streams = new Gauge({
    name: 'recto_event_streams',
    help: 'Event streams that are open.',
    registers: [registry],
  })
  const streamsEnded = new Counter({
    name: 'recto_event_streams_ended_total',
    help: 'Event streams that ended, by reason.',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of endReasons) streamsEnded.inc({ reason }, 0)
  const eventsSent = new Counter({
    name: 'recto_events_sent_total',
    help: 'Events that were sent to the readers of streams, by their name.',
    labelNames: ['event'],
    registers: [registry],
  })
  // Without the database the last numbers would look current.
  const readBands = briefly(queue, [])
  /** A gauge with a value for each band of the queue, read at each scrape. */
  const addBands = (name: string, help: string, measure: (band: QueueBand) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['band'],
      registers: [registry],
      async collect() {
        const bands = await readBands()
        this.reset()
        for (const one of bands) this.set({ band: one.band }, measure(one))
      },
    })
  addBands(
    'recto_queue_depth',
    'Jobs that could run and wait for a worker, by band of priority, as last measured.',
    ({ depth }) => depth,
  )
  addBands('recto_queue_age_seconds', 'Since when the oldest of these jobs has waited.', (one) => one.age_seconds)
  // A move that was left does not end when the database goes away, so the last numbers stay.
  const readMoves = briefly<Moves | undefined>(moves, undefined)
  const addMoves = (name: string, help: string, measure: (moves: Moves) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const found = await readMoves()
        if (found) this.set(measure(found))
      },
    })
  addMoves('recto_accounts_moving', 'Accounts that are being moved to another cell.', ({ accounts }) => accounts)
  addMoves(
    'recto_move_age_seconds',
    'Since when the first of them has been answered 503. 0 while none is moved.',
    ({ age_seconds }) => age_seconds,
  )
  const deletions = new Gauge({
    name: 'recto_deletions_failing',
    help: '1 when cells could not be told of all their people who were deleted in Auth, otherwise 0.',
    registers: [registry],
  })
  return {
    registry,
    requestEnded: (method: string, route: string, status: number, ms: number): void =>
      seconds.observe({ method, route, status }, ms / 1000),
    refused: (limit: string): void => refused.inc({ limit }),
    submitted: (use_case: string): void => submitted.inc({ use_case }),
    reviewed: (about: Reviewed['about'], action: Reviewed['actions'][number]): void => reviews.inc({ about, action }),
    streamOpened: (): void => streams.inc(),
    streamEnded: (reason: string): void => {
      streams.dec()
      streamsEnded.inc({ reason })
    },
    deletionsTold: (all: boolean): void => deletions.set(all ? 0 : 1),
    eventSent: (event: string): void => eventsSent.inc({ event }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
