import { afterAll, beforeAll, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { whenOver } from '../support/generations.ts'
import { givePlan } from '../support/plan.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let submitter: Submitter
let api: Service
let env: Record<string, string>

const priceOf = (perMillion: string) => ({
  input_per_million: perMillion,
  output_per_million: perMillion,
  currency: 'USD' as const,
  as_of: '2026-01-01',
})

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  const address = { base_url: system.model.url }
  const catalog = catalogOf({
    providers: { dear: address, fair: address, cheap: address },
    models: { best: ['dear'], good: ['fair'], plain: ['cheap'] },
    prices: { dear: priceOf('3'), fair: priceOf('2'), cheap: priceOf('1') },
  })
  env = catalogEnv(system, catalog)
  api = await system.startApi({ RECTO_MODELS: env.RECTO_MODELS ?? '' })
})
afterAll(() => system?.stop())

const spend = (account: string, usd: string) =>
  system.admin.query(
    'insert into recto.spending (account_id, month, spent_usd) values ($1, recto.month_of(now()), $2)',
    [account, usd],
  )

test('a generation fails without a request when the plan lost its model after submission', async () => {
  const person = await system.person()
  const plan = await givePlan(system, person.id, { allowed_models: ['best', 'good'] })
  const id = await submitter.submit(person, { model: 'best' })
  await system.admin.query(`update public.plans set allowed_models = '{good}' where name = $1`, [plan])
  await system.startWorker(env)
  expect(await whenOver(system, id)).toMatchObject({ status: 'failed', error: { code: 'model_not_allowed' } })
  expect(system.model.requests).toEqual([])
})

test('a model that the plan does not allow is denied by the API and on direct inserts', async () => {
  const person = await system.person(api)
  await givePlan(system, person.id, { allowed_models: ['good'] })
  const answer = await person.submit({ source_text: newText(), model: 'best' })
  expect(answer.status).toBe(403)
  const direct = await person.client.from('ai_generations').insert({ source_text: newText(), model: 'best' })
  expect([direct.status, direct.error?.code]).toEqual([403, 'PT403'])
  expect((await person.submit({ source_text: newText(), model: 'good' })).status).toBe(202)
})

test.for([
  { spent: '0.89', served: 'best', metadata: {} },
  { spent: '0.91', served: 'plain', metadata: { throttled: true } },
  { spent: '0.91', allowed_models: ['best', 'good'], served: 'good', metadata: { throttled: true } },
  { spent: '0.91', throttle: false, served: 'best', metadata: {} },
])('with $spent of 1.00 USD spent and $allowed_models allowed, the model $served is called', async (of) => {
  const { spent, served, metadata, throttle = true, allowed_models } = of
  const person = await system.person()
  const plan = { monthly_budget_usd: '1.00', throttle, ...(allowed_models && { allowed_models }) }
  await givePlan(system, person.id, plan)
  await spend(person.id, spent)
  const marker = crypto.randomUUID()
  const id = await submitter.submit(person, { model: 'best', source_text: newText({ marker }) })
  const over = await whenOver(system, id)
  expect(over).toMatchObject({ status: 'succeeded', ai_metadata: metadata })
  expect('throttled' in over.ai_metadata).toBe('throttled' in metadata)
  const asked = system.model.requests.filter(({ generationMarker }) => generationMarker === marker)
  expect(asked.map(({ model }) => model)).toEqual([served])
})
