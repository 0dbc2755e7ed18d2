import { startSystem } from '../support/system.ts'
import { resetBacklog } from './backlog.ts'
import { interleaved, type Measure } from './interleaved.ts'
import { httpRequest, startLoad } from './load.ts'
import { perSecond } from './numbers.ts'
import { startRival } from './rival.ts'
import { atLeast, context, type Part } from './row.ts'
import { signIn } from './tokens.ts'

const connections = 16
const roundMs = 1_200
const rounds = 2

/** The fields of the API's response that PostgREST can return in one request, with a count of the suggestions. */
const select =
  'id,status,model,prompt_version,options,attempts,tokens_input,tokens_output,cost_usd,ai_metadata,error,created_at,started_at,finished_at,updated_at,ai_suggestions(count)'

/** Compares reads of one status by the API, by PostgREST, and by a server that only sends a prepared response. */
export const statusRead: Part = async ({ say }) => {
  const system = await startSystem({ durable: true })
  const load = startLoad()
  try {
    await resetBacklog(system.admin)
    const people = await signIn(system, 50)
    const api = await system.startApi()
    const { rows } = await system.admin.query<{ id: string; user_id: string }>(
      'select distinct on (user_id) id, user_id from public.ai_generations order by user_id, created_at desc',
    )
    const idOf = new Map(rows.map((row) => [row.user_id, row.id]))
    const first = `${api.url}/api/ai/generations/${idOf.get(people[0]?.id ?? '')}`
    const sample = await (await fetch(first, { headers: { authorization: `Bearer ${people[0]?.token}` } })).text()
    const bare = await startRival('bare-hono', { url: '', slots: 0, more: { answer: sample } })

    const key = { apikey: system.supabase.publishableKey }
    const reads = (path: (id: string) => string, more: Record<string, string> = {}) =>
      people.map(({ id, token }) =>
        httpRequest('GET', path(idOf.get(id) ?? ''), { authorization: `Bearer ${token}`, ...more }),
      )
    const byRest = (prefix: string) => (id: string) => `${prefix}/ai_generations?id=eq.${id}&select=${select}`
    const { postgrestUrl, supabaseUrl } = system.supabase
    const measure =
      (url: string, requests: string[]): Measure =>
      (warmUp) =>
        load.rate({ port: Number(new URL(url).port), connections, ms: warmUp ? 700 : roundMs, requests, status: 200 })
    const own = reads((id) => `/api/ai/generations/${id}`)
    const contenders = new Map([
      ['Recto', measure(api.url, own)],
      ['bare Hono', measure(`http://127.0.0.1:${bare.said}`, own)],
      ['PostgREST by the gateway', measure(supabaseUrl, reads(byRest('/rest/v1'), key))],
    ])
    // For some platforms npm has no PostgREST, and then the gateway cannot offer it either.
    if (postgrestUrl === undefined) contenders.delete('PostgREST by the gateway')
    else contenders.set('PostgREST', measure(postgrestUrl, reads(byRest(''))))

    const rates = await interleaved(contenders, rounds)
    await bare.stop()
    const rate = (name: string) => rates.get(name) ?? Number.NaN
    say(`status: ${[...rates].map(([name, found]) => `${name} ${perSecond(found)}`).join(', ')}`)
    const line = (name: string) => ({
      what: `status read, ${connections} connections`,
      recto: perSecond(rate('Recto')),
      against: rates.has(name) ? `${name} ${perSecond(rate(name))}` : `no ${name} here`,
      ratio: rate('Recto') / rate(name),
    })
    return [atLeast(line('PostgREST'), 10), context(line('PostgREST by the gateway')), atLeast(line('bare Hono'), 0.3)]
  } finally {
    await load.stop()
    await system.stop()
  }
}
