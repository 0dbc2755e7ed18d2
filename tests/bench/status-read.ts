import { startSystem } from '../support/system.ts'
import { resetBacklog } from './backlog.ts'
import { interleaved, type Measure } from './interleaved.ts'
import { httpRequest, startLoad } from './load.ts'
import { ms, perSecond } from './numbers.ts'
import { startRival } from './rival.ts'
import { atLeast, context, type Part } from './row.ts'
import { type Measured, measureCpu } from './spent.ts'
import { signIn } from './tokens.ts'

const connections = 16
const roundMs = 1_200
const rounds = 2

/** The API logs this fraction of the reads that succeed. PostgREST logs none of them. */
const loggedReads = '0.1'

/** The fields of the API's response that PostgREST can return in one request, with a count of the suggestions. */
const select =
  'id,status,model,prompt_version,options,attempts,tokens_input,tokens_output,cost_usd,ai_metadata,error,created_at,started_at,finished_at,updated_at,ai_suggestions(count)'

/**
 * Compares reads of one status by the API, by PostgREST, and by a server that only sends a prepared response: rates,
 * and CPU time.
 */
export const statusRead: Part = async ({ say }) => {
  const system = await startSystem({ durable: true })
  const load = startLoad()
  try {
    await resetBacklog(system.admin)
    const people = await signIn(system, 50)
    const api = await system.startApi({ LOG_READS: loggedReads })
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
    const [own, byPostgrest] = [reads((id) => `/api/ai/generations/${id}`), reads(byRest(''))]
    const sending = (url: string, requests: string[], warmUp: boolean) => ({
      port: Number(new URL(url).port),
      connections,
      ms: warmUp ? 700 : roundMs,
      requests,
      status: 200,
    })
    const rateOf =
      (url: string, requests: string[]): Measure =>
      (warmUp) =>
        load.rate(sending(url, requests, warmUp))
    const cpuOf =
      (measured: Measured, url: string, requests: string[]): Measure =>
      (warmUp) =>
        measureCpu(system.admin, measured, async () => (await load.latencies(sending(url, requests, warmUp))).length)
    const bareUrl = `http://127.0.0.1:${bare.said}`
    const rateMeasures = new Map([
      ['Recto', rateOf(api.url, own)],
      ['bare Hono', rateOf(bareUrl, own)],
    ])
    const cpuMeasures = new Map([
      ['Recto', cpuOf({ pid: api.pid, name: 'recto_api' }, api.url, own)],
      ['bare Hono', cpuOf({ pid: bare.pid, name: 'bare Hono' }, bareUrl, own)],
    ])
    // For some platforms npm has no PostgREST, and then the gateway cannot offer it either.
    const postgrest = system.supabase.children().find(({ name }) => name === 'postgrest')
    if (postgrestUrl !== undefined && postgrest !== undefined) {
      rateMeasures.set('PostgREST by the gateway', rateOf(supabaseUrl, reads(byRest('/rest/v1'), key)))
      rateMeasures.set('PostgREST', rateOf(postgrestUrl, byPostgrest))
      cpuMeasures.set('PostgREST', cpuOf({ pid: postgrest.pid, name: 'PostgREST' }, postgrestUrl, byPostgrest))
    }

    const rates = await interleaved(rateMeasures, rounds)
    const cpus = await interleaved(cpuMeasures, rounds)
    await bare.stop()
    const figure = (found: Map<string, number>, name: string) => found.get(name) ?? Number.NaN
    say(`status: ${[...rates].map(([name, found]) => `${name} ${perSecond(found)}`).join(', ')}`)
    const ofRate = (name: string) => ({
      what: `status read, ${connections} connections`,
      recto: perSecond(figure(rates, 'Recto')),
      against: rates.has(name) ? `${name} ${perSecond(figure(rates, name))}` : `no ${name} here`,
      ratio: figure(rates, 'Recto') / figure(rates, name),
    })
    // How many reads Recto makes in the CPU time of one of the other.
    const ofCpu = (name: string) => ({
      what: 'status read, CPU',
      recto: ms(figure(cpus, 'Recto')),
      against: cpus.has(name) ? `${name} ${ms(figure(cpus, name))}` : `no ${name} here`,
      ratio: figure(cpus, name) / figure(cpus, 'Recto'),
    })
    return [
      atLeast(ofCpu('PostgREST'), 10),
      context(ofCpu('bare Hono')),
      context(ofRate('PostgREST')),
      context(ofRate('PostgREST by the gateway')),
      atLeast(ofRate('bare Hono'), 0.23),
    ]
  } finally {
    await load.stop()
    await system.stop()
  }
}
