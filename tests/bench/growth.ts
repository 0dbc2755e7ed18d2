import { type Service, type System, startSystem } from '../support/system.ts'
import { addGenerations, generationsPerPerson, heavyUser } from './add-generations.ts'
import { personId } from './backlog.ts'
import { interleaved, type Measure } from './interleaved.ts'
import { httpRequest, startLoad } from './load.ts'
import { median, ms } from './numbers.ts'
import { atMost, type Part, type Row } from './row.ts'

const rounds = 3
const roundMs = 300
const small = 1_000
const groups = new Intl.NumberFormat('en')

/** The requests of each measured read. */
const reads = async ({ supabase, admin }: System): Promise<Map<string, string[]>> => {
  const others = Array.from({ length: small / 2 / generationsPerPerson - 1 }, (_, n) => personId(n + 2))
  const tokenOf = new Map<string, string>()
  for (const sub of [heavyUser, ...others]) tokenOf.set(sub, await supabase.issueToken({ sub }))
  const ask = (userId: string, path: string) =>
    httpRequest('GET', `/api/ai/generations${path}`, { authorization: `Bearer ${tokenOf.get(userId)}` })
  const statusOf = async (people: string[]) => {
    const { rows } = await admin.query<{ id: string; user_id: string }>(
      'select id, user_id from public.ai_generations where user_id = any ($1::uuid[]) order by md5(id::text) limit 200',
      [people],
    )
    return rows.map((row) => ask(row.user_id, `/${row.id}`))
  }
  return new Map([
    ['list, one of many people', others.map((id) => ask(id, ''))],
    ['status, one of many people', await statusOf(others)],
    ['list, a person with half of all', [ask(heavyUser, '')]],
    ['list of the failed, a person with half of all', [ask(heavyUser, '?status=failed')]],
    ['list of the running, a person with half of all', [ask(heavyUser, '?status=running')]],
    ['status, a person with half of all', await statusOf([heavyUser])],
  ])
}

type Size = { system: System; api: Service; requests: Map<string, string[]> }

const build = async (count: number): Promise<Size> => {
  const system = await startSystem({ durable: true })
  await addGenerations(system.admin, count)
  return { system, api: await system.startApi(), requests: await reads(system) }
}

/** Measures reads, one request at a time, in a small and in a large database. */
export const growth: Part = async ({ full, say }) => {
  const count = full ? 1_000_000 : 100_000
  const load = startLoad()
  const sizes: Size[] = []
  try {
    for (const size of [small, count]) sizes.push(await build(size))
    say(`growth: ${groups.format(count)} generations are there`)
    const latency =
      ({ api, requests }: Size, what: string): Measure =>
      async (warmUp) =>
        median(
          await load.latencies({
            port: Number(new URL(api.url).port),
            connections: 1,
            ms: warmUp ? roundMs / 2 : roundMs,
            requests: requests.get(what) ?? [],
            status: 200,
          }),
        )
    const rows: Row[] = []
    for (const what of sizes[0]?.requests.keys() ?? []) {
      const found = await interleaved(new Map(sizes.map((size, n) => [String(n), latency(size, what)])), rounds)
      const [little = Number.NaN, much = Number.NaN] = [found.get('0'), found.get('1')]
      const line = {
        what: `${what}, ${groups.format(count)} generations`,
        recto: ms(much),
        against: `${ms(little)} at ${groups.format(small)}`,
        ratio: much / little,
      }
      rows.push(atMost(line, 1.3))
    }
    return rows
  } finally {
    await load.stop()
    for (const { system } of sizes) await system.stop()
  }
}
