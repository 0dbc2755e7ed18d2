import type { Service, System } from '../support/system.ts'
import { databaseNow, waitUntilDrained } from './backlog.ts'
import { inTurn } from './interleaved.ts'
import { httpRequest, startLoad } from './load.ts'
import { everyLimit } from './plan.ts'
import { olderRevision, type Revision, thisRevision } from './revision.ts'
import { atMost, type Row } from './row.ts'
import { cpu, measureUsed, medianUsed, type Used, writeUsed } from './spent.ts'

const rounds = 3
const submitting = { connections: 10, ms: 1_500 }
const reading = { connections: 16, ms: 1_200 }
const draining = { jobs: 400, slots: '50', longestMs: 60_000 }

/** What both revisions do, with the highest share of the older one's CPU time that is meant. */
const operations = [
  { name: 'submit', most: 0.7 },
  { name: 'status read', most: 0.85 },
  { name: 'drain, 8 frames', most: 0.42 },
  { name: 'drain, 300 frames', most: 0.35 },
] as const
type Operation = (typeof operations)[number]['name']

type Side = { name: string; measures: Record<Operation, (share: number) => Promise<Used>>; stop(): Promise<void> }

/** Drains a backlog by a new worker. `share` of the usual number of jobs is measured. */
const drainWith =
  (system: System, { backlog }: Revision, chunks: number) =>
  async (share: number): Promise<Used> => {
    const { admin, model } = system
    model.setScript([{ content: backlog.answer, chunks }])
    await backlog.resetBacklog(admin)
    const worker = await system.startWorker({ WORKER_SLOTS: draining.slots })
    await backlog.enqueue(admin, 50)
    await waitUntilDrained(admin, await databaseNow(admin), draining.longestMs)
    const jobs = Math.ceil(draining.jobs * share)
    const used = await measureUsed(admin, { pid: worker.pid, name: 'recto_worker' }, async () => {
      await backlog.enqueue(admin, jobs)
      await waitUntilDrained(admin, await databaseNow(admin), draining.longestMs)
      return jobs
    })
    await worker.stop()
    return used
  }

/** Sends requests to an API from a process of its own, and counts the answers. */
const load =
  (
    system: System,
    api: Service,
    requests: string[],
    { connections, ms: longestMs }: typeof submitting,
    status: number,
  ) =>
  async (share: number): Promise<Used> => {
    const clients = startLoad()
    const port = Number(new URL(api.url).port)
    const used = await measureUsed(system.admin, { pid: api.pid, name: 'recto_api' }, async () => {
      const answers = await clients.latencies({ port, connections, ms: longestMs * share, requests, status })
      return answers.length
    })
    await clients.stop()
    return used
  }

/** Starts the system of a revision with 100 people, each of whom has a generation. */
const start = async (name: string, revision: Revision): Promise<Side> => {
  const system = await revision.system.startSystem({ durable: true })
  await system.plan('free', everyLimit)
  const people = await revision.tokens.signIn(system, 100)
  const api = await system.startApi()
  const body = JSON.stringify({ source_text: revision.backlog.text })
  const path = '/api/ai/generations'
  const headers = (token: string) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' })
  const submissions = people.map(({ token }) => httpRequest('POST', path, headers(token), body))
  const submit = load(system, api, submissions, submitting, 202)

  const readStatus = async (share: number): Promise<Used> => {
    const reads = await Promise.all(
      people.map(async ({ token }) => {
        const answer = await fetch(`${api.url}${path}`, { method: 'POST', headers: headers(token), body })
        return httpRequest('GET', answer.headers.get('location') ?? path, headers(token))
      }),
    )
    return load(system, api, reads, reading, 200)(share)
  }

  return {
    name,
    measures: {
      submit: async (share) => {
        await revision.backlog.resetBacklog(system.admin)
        return submit(share)
      },
      'status read': readStatus,
      'drain, 8 frames': drainWith(system, revision, 8),
      'drain, 300 frames': drainWith(system, revision, 300),
    },
    stop: () => system.stop(),
  }
}

/** Measures an operation of both sides in turn, after a warm-up. */
const compare = async (sides: readonly [Side, Side], { name, most }: (typeof operations)[number]): Promise<Row> => {
  const measures = (share: number) => new Map(sides.map((side) => [side, () => side.measures[name](share)]))
  await inTurn(measures(0.3), 1)
  const found = await inTurn(measures(1), rounds)
  const [now, before] = sides
  const [used, usedBefore] = [medianUsed(found.get(now) ?? []), medianUsed(found.get(before) ?? [])]
  const line = { what: `${name}, CPU`, recto: writeUsed(used), against: `${before.name} ${writeUsed(usedBefore)}` }
  return atMost({ ...line, ratio: cpu(used) / cpu(usedBefore) }, most)
}

/**
 * Measures this revision beside an older one, each with its own database, in turn (A, B, A, B): the CPU time of the
 * process and of its back ends for one operation, which other load of the machine changes less than a rate.
 */
export const against = async (
  name: string,
  only: readonly string[] | null,
  say: (line: string) => void,
): Promise<Row[]> => {
  const older = await olderRevision(name)
  const sides = [await start('now', await thisRevision()), await start(name, older)] as const
  const rows: Row[] = []
  try {
    for (const operation of operations) {
      if (only && !only.some((word) => operation.name.startsWith(word))) continue
      const row = await compare(sides, operation)
      say(`${operation.name}: ${row.ratio}`)
      rows.push(row)
    }
    return rows
  } finally {
    await Promise.all(sides.map((side) => side.stop()))
    older.remove()
  }
}
