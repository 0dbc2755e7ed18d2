import { inTurn } from './interleaved.ts'
import { httpRequest } from './load.ts'
import { drainWith, load, submitting } from './measured-operations.ts'
import { everyLimit } from './plan.ts'
import { olderRevision, type Revision, thisRevision } from './revision.ts'
import { atMost, type Row } from './row.ts'
import { cpu, medianUsed, type Used, writeUsed } from './spent.ts'

const rounds = 3
const reading = { connections: 16, ms: 1_200 }

/** What both revisions do, with the highest share of the older one's CPU time that is meant. */
const operations = [
  { name: 'submit', most: 0.7 },
  { name: 'status read', most: 0.85 },
  { name: 'drain, 8 frames', most: 0.42 },
  { name: 'drain, 300 frames', most: 0.35 },
] as const
type Operation = (typeof operations)[number]['name']

type Side = { name: string; measures: Record<Operation, (share: number) => Promise<Used>>; stop(): Promise<void> }

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
      'drain, 8 frames': drainWith(system, revision.backlog, 8),
      'drain, 300 frames': drainWith(system, revision.backlog, 300),
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
