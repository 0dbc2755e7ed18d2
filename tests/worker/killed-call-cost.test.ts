import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { expireHeartbeat, whenOver } from '../support/generations.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let silent: ModelServer
let submitter: Submitter
let env: Record<string, string>

beforeAll(async () => {
  system = await startSystem()
  silent = await startModelServer({ name: 'silent' })
  submitter = await createSubmitter(system)
  // Nobody can be asked what a call of this provider cost.
  env = catalogEnv(system, catalogOf({ providers: { silent: { base_url: silent.url } }, models: { m: ['silent'] } }))
})
afterAll(async () => {
  await silent?.stop()
  await system?.stop()
})

type Row = { outcome: string; cost: number; reserved: number; estimated: number; cost_source: string }

const firstCall = async (id: string): Promise<Row | undefined> => {
  const { rows } = await system.admin.query<Row>(
    `select outcome, cost_usd::float8 as cost, reserved_usd::float8 as reserved, estimated_usd::float8 as estimated, cost_source
     from public.ai_calls where generation_id = $1 order by started_at limit 1`,
    [id],
  )
  return rows[0]
}

test.each([
  { killed: 'before the first token', marker: 'no-token', step: { hang: 'stream' }, streams: false },
  {
    killed: 'in the middle of the stream',
    marker: 'mid-stream',
    step: { chunks: 400, chunk_gap_ms: 40 },
    streams: true,
  },
] as const)(
  'a call that is killed $killed is booked at an estimate near to what was charged, not at its reservation',
  async ({ marker, step, streams }) => {
    silent.setScript([{ match: { text: marker, nth: 1 }, ...step }, {}])
    const victim = await system.startWorker(env)
    const id = await submitter.submit(await system.person(), {
      model: 'm',
      source_text: newText({ marker, length: 6000 }),
      options: { max_cards: 30 },
    })
    const request = () => silent.requests.find(({ generationMarker }) => generationMarker === marker)
    await until(() => request() !== undefined, { what: 'the request', timeoutMs: 30_000 })
    const began = async () => (await firstCall(id))?.estimated
    const ofPrompt = (await began()) ?? 0
    if (streams)
      await until(async () => ((await began()) ?? 0) > ofPrompt, { what: 'a later estimate', timeoutMs: 30_000 })
    victim.kill('SIGKILL')
    await expireHeartbeat(system, id)
    await until(() => request()?.aborted === true, { what: 'the end of the request', timeoutMs: 30_000 })

    const next = await system.startWorker(env)
    expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded', attempts: 2 })
    const settled = async () => (await firstCall(id))?.outcome === 'worker_lost'
    await until(settled, { what: 'the settlement', timeoutMs: 30_000 })
    const call = await firstCall(id)
    expect(call).toMatchObject({ cost_source: 'estimate' })
    const charged = Number(request()?.chargedUsd)
    const cost = call?.cost ?? 0
    if (streams) expect(cost / charged).toBeGreaterThan(0.5)
    if (streams) expect(cost / charged).toBeLessThan(2)
    expect(cost).toBeGreaterThan(0)
    expect(cost).toBeLessThan((call?.reserved ?? 0) / 4)
    const { rows } = await system.admin.query<{ exact: boolean }>(
      `select cost_usd = (select sum(cost_usd) from public.ai_calls where generation_id = $1) as exact from public.ai_generations where id = $1`,
      [id],
    )
    expect(rows).toEqual([{ exact: true }])
    await next.stop()
  },
  90_000,
)
