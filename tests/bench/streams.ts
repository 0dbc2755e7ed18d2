import { Agent, get, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { resident } from '../support/resident.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { addPeople, personId, text, withoutTriggers } from './backlog.ts'
import { megabytes } from './numbers.ts'
import { below, type Part } from './row.ts'
import { measureUsed } from './spent.ts'

const people = 40
const each = 50
/** Longer than the rhythm of a stream's reads, so that each stream has its turn. */
const seconds = 60

/** A running generation for each stream, so that no two readers share a read. Answers the ids with their persons. */
const addRunning = async ({ admin }: System): Promise<{ id: string; user_id: string }[]> => {
  await addPeople(admin, people)
  await withoutTriggers(admin, async (tx) => {
    await tx.query({
      text: `insert into public.ai_generations (user_id, account_id, source_text, status, attempts, started_at)
        select p, p, $3, 'running', 1, now() from generate_series(1, $1::integer) n,
          lateral (select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid p) person, generate_series(1, $2::integer)`,
      values: [people, each, text],
    })
  })
  return (await admin.query<{ id: string; user_id: string }>('select id, user_id from public.ai_generations')).rows
}

const openStream = (api: Service, agent: Agent, token: string, id: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    get(`${api.url}/api/ai/generations/${id}/events`, { agent, headers }, (answer) => {
      if (answer.statusCode === 200) resolve(answer.resume())
      else reject(new Error(`no stream: ${answer.statusCode}`))
    }).on('error', reject)
  })

/** Measures the memory and the CPU time of an API with 2,000 streams of running generations that nothing happens to. */
export const streams: Part = async ({ say }) => {
  const system = await startSystem({ durable: true })
  try {
    const api = await system.startApi()
    const generations = await addRunning(system)
    const tokens = new Map<string, string>()
    for (let n = 1; n <= people; n++) tokens.set(personId(n), await system.supabase.issueToken({ sub: personId(n) }))
    const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })
    const before = resident(api.pid)
    for (let n = 0; n < generations.length; n += 50)
      await Promise.all(
        generations.slice(n, n + 50).map(({ id, user_id }) => openStream(api, agent, tokens.get(user_id) ?? '', id)),
      )
    say(`${generations.length} streams are open`)
    await delay(5_000)
    let most = resident(api.pid)
    const { process, backends } = await measureUsed(system.admin, { pid: api.pid, name: 'recto_api' }, async () => {
      for (let n = 0; n < seconds; n++) {
        await delay(1_000)
        most = Math.max(most, resident(api.pid))
      }
      return seconds
    })
    const share = (milliseconds: number) => `${(milliseconds / 10).toFixed(1)} % of a core`
    say(`memory ${megabytes(before)} to ${megabytes(most)}, ${share(process)}, Postgres ${share(backends)}`)
    agent.destroy()
    return [
      below(`memory of an API with ${generations.length} streams`, most / 1024 / 1024, megabytes(most), 300, ' MB'),
      below('CPU of the API for them at rest', process / 10, share(process), 5, ' % of a core'),
      below('CPU of Postgres for them at rest', backends / 10, share(backends), 5, ' % of a core'),
    ]
  } finally {
    await system.stop()
  }
}
