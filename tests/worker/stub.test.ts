// A worker without any provider: the fast stub for tests and demonstrations of an app.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiPerson, apiPerson, idOf } from '../api/api-system.ts'
import { connect } from '../api/client.ts'
import { calls, suggestions, whenOver } from '../support/generations.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let ana: ApiPerson
beforeAll(async () => {
  system = await startSystem()
  await system.limit(1000, 60)
  const api = await system.startApi()
  ana = apiPerson(await connect(api.url), api, await system.person(api))
  await system.startWorker({ RECTO_STUB: 'on', RECTO_CACHE_TTL_SECONDS: '3600', OPENROUTER_API_KEY: '' })
})
afterAll(() => system?.stop())

const run = async (body: object) => whenOver(system, idOf(await ana.submit(body)))
const outputOf = async (id: string) =>
  (await system.admin.query('select output from public.ai_generations where id = $1', [id])).rows[0]?.output

test('a generation is answered at once by the stub, costs nothing, and says that a stub made it', async () => {
  const row = await run({ source_text: newText(), options: { max_cards: 3 } })
  expect(row).toMatchObject({
    status: 'succeeded',
    cost_usd: '0',
    ai_metadata: { provider: 'recto-stub', model: 'recto-stub', model_served: 'recto-stub' },
  })
  expect((await suggestions(system, row.id)).length).toBeGreaterThan(0)
  expect(await calls(system, row.id)).toMatchObject([
    { provider: 'recto-stub', model: 'recto-stub', outcome: 'ok', cost_usd: '0', tokens_input: expect.any(Number) },
  ])
  expect(system.model.requests).toEqual([])
})

test('the same text has the same cards, each time made anew, because the stub fills no cache', async () => {
  const source_text = newText()
  const rows = [await run({ source_text }), await run({ source_text })]
  const [first, second] = await Promise.all(
    rows.map(async ({ id }) => (await suggestions(system, id)).map(({ front, back }) => [front, back])),
  )
  expect(first).toEqual(second)
  expect(rows.map(({ ai_metadata }) => ai_metadata.cached)).toEqual([undefined, undefined])
})

test('a text in the EU is written by the stub too', async () => {
  const input = 'The Vistula is the longest river in Poland.'
  const row = await run({ kind: 'text', use_case: 'summary', input, data_residency: 'eu', model: 'balanced' })
  expect(row).toMatchObject({ status: 'succeeded', cost_usd: '0' })
  expect(await outputOf(row.id)).toMatchObject({ text: input })
})

test('a chat is answered by the stub too, which says that it is one', async () => {
  const row = await run({ kind: 'chat', messages: [{ role: 'user', content: 'Who is there?' }] })
  expect(row).toMatchObject({ status: 'succeeded', cost_usd: '0' })
  expect(await outputOf(row.id)).toMatchObject({
    message: { content: expect.stringMatching(/stub.*Who is there\?.*no language model/) },
  })
})

test('a code review is made by rules, and its summary says so', async () => {
  const row = await run({ kind: 'code_review', source_code: 'if (a == b) {\n  // TODO: look again\n}\n' })
  expect(row).toMatchObject({ status: 'succeeded', cost_usd: '0', ai_metadata: { model_served: 'recto-stub' } })
  const text = 'select start_line, quote from public.ai_findings where generation_id = $1 order by position'
  expect((await system.admin.query(text, [row.id])).rows).toContainEqual({
    start_line: 2,
    quote: '  // TODO: look again',
  })
  expect(await outputOf(row.id)).toMatchObject({
    summary: expect.stringMatching(/rules of Recto's stub, which is no language model/),
  })
})

test('a connection check reaches the stub', async () => {
  const { status, text } = await ana.call('POST', '/api/ai/test', { body: { model: 'balanced' } })
  expect([status, text]).toEqual([200, expect.stringContaining('recto-stub')])
})

test('a worker with RECTO_STUB=on and NODE_ENV=production does not start, and says why', async () => {
  const worker = await system.startWorker({ RECTO_STUB: 'on', NODE_ENV: 'production' }, { ready: false })
  expect(await worker.exited).toMatchObject({ code: 1 })
  expect(worker.log()).toContain('RECTO_STUB=on makes up results, and is refused with NODE_ENV=production')
})
