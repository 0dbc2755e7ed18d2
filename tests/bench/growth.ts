import type { Service, System } from '../support/system.ts'
import { startSystem } from '../support/system.ts'
import { personId } from './backlog.ts'
import { median, ms } from './figures.ts'
import { grow } from './grown.ts'
import { interleaved, type Measure } from './interleaved.ts'
import { httpRequest, startLoad } from './load.ts'
import { atMost, type Part, type Row } from './row.ts'

const rounds = 4
const roundMs = 600
const small = 1_000
const groups = new Intl.NumberFormat('en')

/** The reads of the first 50 people, or of the only one. */
const reads = async ({ supabase, admin }: System, people: number) => {
  const ids = Array.from({ length: Math.min(people, 50) }, (_, n) => personId(n + 1))
  const tokens = await Promise.all(ids.map((sub) => supabase.issueToken({ sub })))
  const { rows } = await admin.query<{ id: string; user_id: string }>(
    `select id, user_id from (select id, user_id, row_number() over (partition by user_id order by created_at) as place
       from public.ai_generations where user_id = any ($1::uuid[])) ranked where place <= 100`,
    [ids],
  )
  const ask = (userId: string, path: string) =>
    httpRequest('GET', `/api/ai/generations${path}`, { authorization: `Bearer ${tokens[ids.indexOf(userId)]}` })
  return {
    list: ids.map((id) => ask(id, '')),
    status: rows.map((row) => ask(row.user_id, `/${row.id}`)),
  }
}

type Size = { system: System; api: Service; requests: Record<string, string[]> }

const build = async (count: number, people: number): Promise<Size> => {
  const system = await startSystem({ durable: true })
  await grow(system.admin, count, people)
  return { system, api: await system.startApi(), requests: await reads(system, people) }
}

const compare = async (shape: string, sizes: { small: Size; large: Size }, count: number): Promise<Row[]> => {
  const load = startLoad()
  const latency = async ({ api, requests }: Size, verb: string) =>
    median(
      await load.latencies({
        port: Number(new URL(api.url).port),
        connections: 1,
        ms: roundMs,
        requests: requests[verb] ?? [],
        status: 200,
      }),
    )
  const rows: Row[] = []
  for (const verb of ['list', 'status']) {
    const sized =
      (size: Size): Measure =>
      () =>
        latency(size, verb)
    const found = await interleaved(
      new Map([
        ['small', sized(sizes.small)],
        ['large', sized(sizes.large)],
      ]),
      rounds,
    )
    const [little = Number.NaN, much = Number.NaN] = [found.get('small'), found.get('large')]
    const line = {
      what: `${verb}, ${shape}, ${groups.format(count)} generations`,
      recto: ms(much),
      against: `${ms(little)} at ${groups.format(small)}`,
      ratio: much / little,
    }
    rows.push(atMost(line, 1.3))
  }
  await load.stop()
  return rows
}

/** A person's list and status, one request at a time, in a small database and in a large one beside it. */
export const growth: Part = async ({ full, say }) => {
  const count = full ? 1_000_000 : 100_000
  const rows: Row[] = []
  for (const { shape, per } of [
    { shape: 'many people', per: 20 },
    { shape: 'one person', per: count },
  ]) {
    const sizes = {
      small: await build(small, Math.max(1, small / per)),
      large: await build(count, Math.max(1, count / per)),
    }
    say(`growth, ${shape}: built`)
    rows.push(...(await compare(shape, sizes, count)))
    await Promise.all([sizes.small.system.stop(), sizes.large.system.stop()])
  }
  return rows
}
