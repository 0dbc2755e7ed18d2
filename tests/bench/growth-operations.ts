import type { Service, System } from '../support/system.ts'
import { generationsPerPerson, heavyUser } from './add-generations.ts'
import { enqueue, personId, text } from './backlog.ts'
import type { Measure } from './interleaved.ts'
import { httpRequest, type startLoad } from './load.ts'
import { drainAll } from './measure-drain.ts'
import type { Provider } from './provider.ts'
import { measureCpu } from './spent.ts'

/** The number of generations of the smaller database, all people of which the larger one has too. */
export const small = 1_000

const path = '/api/ai/generations'

type Load = ReturnType<typeof startLoad>

const draining = { slots: '50', jobs: 300, warmUp: 50 }

/** Drains a backlog by a new worker, which first drains what was submitted before. */
const drainOf =
  ({ admin, startWorker }: System, provider: Provider): Measure =>
  async () => {
    const worker = await startWorker({ WORKER_SLOTS: draining.slots, OPENROUTER_BASE_URL: provider.url(8) })
    const add = (count: number) => enqueue(admin, count)
    await drainAll(admin, add, draining.warmUp)
    const used = await measureCpu(admin, { pid: worker.pid, name: 'recto_worker' }, async () => {
      await drainAll(admin, add, draining.jobs)
      return draining.jobs
    })
    await worker.stop()
    return used
  }

/** The operations whose cost should not grow with the number of generations, in the order in which they are measured. */
export const operationsOf = async (
  system: System,
  api: Service,
  load: Load,
  provider: Provider,
): Promise<Map<string, Measure>> => {
  const { admin, supabase } = system
  const others = Array.from({ length: small / 2 / generationsPerPerson - 1 }, (_, n) => personId(n + 2))
  const tokenOf = new Map<string, string>()
  for (const sub of [heavyUser, ...others]) tokenOf.set(sub, await supabase.issueToken({ sub }))
  const headers = (userId: string) => ({ authorization: `Bearer ${tokenOf.get(userId)}` })
  const read = (userId: string, rest: string) => httpRequest('GET', `${path}${rest}`, headers(userId))
  const body = JSON.stringify({ source_text: text })
  const submission = (userId: string) =>
    httpRequest('POST', path, { ...headers(userId), 'content-type': 'application/json' }, body)
  const statusOf = async (people: string[]) => {
    const { rows } = await admin.query<{ id: string; user_id: string }>(
      'select id, user_id from public.ai_generations where user_id = any ($1::uuid[]) order by md5(id::text) limit 200',
      [people],
    )
    return rows.map((row) => read(row.user_id, `/${row.id}`))
  }

  const sent =
    (requests: string[], status: number, connections: number, ms: number): Measure =>
    () =>
      measureCpu(admin, { pid: api.pid, name: 'recto_api' }, async () => {
        const port = Number(new URL(api.url).port)
        return (await load.latencies({ port, connections, ms, requests, status })).length
      })
  const reads = (requests: string[]) => sent(requests, 200, 1, 500)
  return new Map([
    ['list, one of many people', reads(others.map((id) => read(id, '')))],
    ['status, one of many people', reads(await statusOf(others))],
    ['list, a person with half of all', reads([read(heavyUser, '')])],
    ['list of the failed, a person with half of all', reads([read(heavyUser, '?status=failed')])],
    ['list of the running, a person with half of all', reads([read(heavyUser, '?status=running')])],
    ['status, a person with half of all', reads(await statusOf([heavyUser]))],
    ['submit', sent([heavyUser, ...others].map(submission), 202, 10, 1_000)],
    ['drain', drainOf(system, provider)],
  ])
}
