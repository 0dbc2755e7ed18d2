import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestPerson } from '../support/person.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

const PEOPLE = 100
const WAVES = 5
const KILL_EVERY_MS = 2_000

let system: System
let api: Service
let workers: Service[]

beforeAll(async () => {
  system = await startSystem()
  api = await system.startApi()
  workers = await Promise.all([system.startWorker(), system.startWorker(), system.startWorker()])
  system.model.setScript([
    { match: { text: 'chaos-slow' }, latency_ms: 200, first_token_ms: 200, chunk_gap_ms: 200, chunks: 8 },
    { latency_ms: 150, first_token_ms: 50, chunk_gap_ms: 10 },
  ])
})
afterAll(() => system.stop())

/** Submits until the API accepts, as an app would. One idempotency key makes all attempts one generation. */
const submit = async (person: TestPerson, marker: string): Promise<string> => {
  const text = newText({ marker, length: 1000 })
  let accepted: string | undefined
  const attempt = async () => {
    const answer = await person.submit({ source_text: text }, { 'idempotency-key': marker }).catch(() => undefined)
    if (answer?.status === 202) {
      const body = (await answer.json()) as { generation_id: string }
      accepted = body.generation_id
    } else if (answer && answer.status < 500) throw new Error(`${marker}: ${answer.status} ${await answer.text()}`)
    return accepted !== undefined
  }
  await until(attempt, { what: `the submission of ${marker}`, timeoutMs: 20_000, everyMs: 200 })
  return accepted ?? ''
}

/** Kills the oldest worker and starts another one in its place. */
const replaceWorker = async () => {
  const [victim, ...others] = workers
  victim?.kill('SIGKILL')
  workers = others
  workers.push(await system.startWorker({}, { ready: false }))
}

const count = async (text: string): Promise<number> => {
  const { rows } = await system.admin.query<{ count: number }>(`select count(*)::integer as count from ${text}`)
  return rows[0]?.count ?? -1
}

test('500 generations end, none lost or doubled, while workers are killed and Postgres restarts', async () => {
  const people: TestPerson[] = []
  for (let n = 0; n < PEOPLE; n++) people.push(await system.person(api))
  const accepted = new Map<string, string>()
  let kills = 0
  let lastKill = performance.now()
  const nextKill = async () => {
    await until(() => performance.now() - lastKill >= KILL_EVERY_MS, { what: 'the next kill', timeoutMs: 10_000 })
    lastKill = performance.now()
    kills += 1
    await replaceWorker()
  }

  for (let wave = 0; wave < WAVES; wave++) {
    const submitted = people.map(async (person, n) => {
      const marker = `chaos-${n % 3 === 0 ? 'slow' : 'fast'}-${n}-${wave}`
      accepted.set(marker, await submit(person, marker))
    })
    if (wave === 2) submitted.push(system.supabase.restartPostgres())
    await Promise.all([...submitted, nextKill()])
  }
  expect(new Set(accepted.values()).size).toBe(PEOPLE * WAVES)

  const live = () => count(`public.ai_generations where finished_at is null`)
  while ((await live()) > 0 && kills < 8) await nextKill()
  await until(async () => (await live()) === 0, { what: 'the end of all generations', timeoutMs: 35_000, everyMs: 200 })
  const unfinished = `pgboss.job where state in ('created', 'retry', 'active')`
  await until(async () => (await count(unfinished)) === 0, { what: 'the end of all jobs', timeoutMs: 15_000 })

  expect(await count('public.ai_generations')).toBe(PEOPLE * WAVES)
  const { rows: ended } = await system.admin.query<{ status: string; code: string | null; count: number }>(
    `select status, error->>'code' as code, count(*)::integer from public.ai_generations group by 1, 2`,
  )
  for (const { status, code } of ended)
    expect(['succeeded', 'failed worker_lost']).toContain([status, code].filter(Boolean).join(' '))
  expect(ended.find(({ status }) => status === 'succeeded')?.count).toBeGreaterThan(PEOPLE * WAVES * 0.95)

  const { rows: generations } = await system.admin.query<{
    id: string
    status: string
    cards: number
    distinct_cards: number
    cost_is_sum: boolean
    calls: number
    lost: number
    request_ids: string[]
  }>(
    `select g.id, g.status, s.cards, s.distinct_cards, g.cost_usd = c.cost as cost_is_sum, c.calls, c.lost, c.request_ids
    from public.ai_generations g,
      lateral (select count(*)::integer as cards, count(distinct (front, back))::integer as distinct_cards
        from public.ai_suggestions where generation_id = g.id) s,
      lateral (select coalesce(sum(cost_usd), 0) as cost, count(*)::integer as calls,
        (count(*) filter (where outcome is null or outcome = 'worker_lost'))::integer as lost,
        array_remove(array_agg(provider_request_id), null) as request_ids
        from public.ai_calls where generation_id = g.id) c`,
  )
  const byId = new Map(generations.map((row) => [row.id, row]))
  for (const [marker, id] of accepted) {
    const row = byId.get(id)
    const requests = system.model.requests.filter(({ generationMarker }) => generationMarker === marker)
    expect(row, marker).toMatchObject({
      cards: row?.status === 'succeeded' ? row?.distinct_cards : 0,
      cost_is_sum: true,
    })
    if (row?.status === 'succeeded') expect(row.cards, marker).toBeGreaterThan(0)
    expect(row?.calls, marker).toBeGreaterThanOrEqual(requests.length)
    const recorded = new Set(row?.request_ids)
    const missing = requests.filter(({ id: request }) => !recorded.has(request))
    expect(row?.lost, marker).toBeGreaterThanOrEqual(missing.length)
    expect(recorded.size, marker).toBe(row?.request_ids.length)
  }
  expect(kills).toBeGreaterThanOrEqual(WAVES)
  expect(workers.every((worker) => worker.alive())).toBe(true)
  expect(api.alive()).toBe(true)
}, 120_000)
