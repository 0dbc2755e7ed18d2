import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { freePort } from '@recto/local/ports'
import type { Catalog } from '@recto/shared/catalog'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { calls, type GenerationRow, makeRetryDue, whenOver } from '../support/generations.ts'
import { createSubmitter, type NewRow, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
/** A provider outside of the EU, and the first route of every model. */
let abroad: ModelServer
let submitter: Submitter
let catalog: Catalog

/** How the only provider in the EU fails, with the requests of each claim and the cause that the error names. */
const outages = [
  { name: 'refuses connections', step: null, requests: [3], cause: 'network' },
  { name: 'answers 500', step: { status: 500 }, requests: [2, 1], cause: 'upstream_error' },
  { name: 'hangs', step: { hang: 'headers' as const }, requests: [2, 1], cause: 'timeout' },
  { name: 'redirects abroad', step: { status: 307, body: '' }, requests: [1, 1, 1], cause: 'redirected' },
  { name: 'has no credit', step: { status: 402 }, requests: [1], cause: 'provider_credit_exhausted' },
]

/** Who may demand that a text stays in the EU. */
const demands = ['the request', 'the account', 'the deployment']

/** Each case has a provider and a model of its own, because failing routes and keys rest. */
const cases = demands.flatMap((demand, m) =>
  outages.map((outage, n) => ({ ...outage, demand, provider: `eu-${m}-${n}`, model: `${outage.name}: ${demand}` })),
)

beforeAll(async () => {
  system = await startSystem()
  abroad = await startModelServer({ name: 'abroad' })
  submitter = await createSubmitter(system)
  // Only a 307 makes use of the address.
  const headers = { location: `${abroad.url}/chat/completions` }
  system.model.setScript(cases.flatMap(({ step, model }) => (step ? [{ ...step, headers, match: { model } }] : [])))
  const nowhere = `http://127.0.0.1:${await freePort()}/v1`
  const inEu = (base_url: string, more = {}) => ({ base_url, region: 'eu', ...more })
  // Only a provider that hangs is given up soon: on a busy machine any other may need longer than a second.
  const hurried = { timeouts: { first_token_ms: 1_000 } }
  const euOf = ({ name, step }: (typeof cases)[number]) =>
    inEu(step ? system.model.url : nowhere, name === 'hangs' ? hurried : {})
  catalog = catalogOf({
    providers: {
      abroad: { base_url: abroad.url },
      eu: inEu(system.model.url),
      ...Object.fromEntries(cases.map((one) => [one.provider, euOf(one)])),
    },
    models: {
      'offered in both': ['abroad', 'eu'],
      'offered abroad': ['abroad'],
      ...Object.fromEntries(cases.map(({ provider, model }) => [model, ['abroad', provider]])),
    },
  })
})
afterAll(async () => {
  await abroad?.stop()
  await system?.stop()
})

const startWorker = (env: Record<string, string> = {}) =>
  system.startWorker({
    ...catalogEnv(system, catalog),
    // Short, so that every slow request would be hedged if another route were allowed.
    MODEL_HEDGE_MS: '50',
    ...env,
  })

const demandedBy = async (demand: string): Promise<{ person: { id: string }; row: NewRow }> => {
  const person = await system.person()
  if (demand === 'the account') {
    const text = `insert into recto.account_settings (account_id, data_residency) values ($1, 'eu')`
    await system.admin.query(text, [person.id])
  }
  return { person, row: demand === 'the request' ? { data_residency: 'eu' } : {} }
}

const run = async (demand: string, model: string): Promise<GenerationRow> => {
  const { person, row } = await demandedBy(demand)
  const id = await submitter.submit(person, { source_text: newText(), model, ...row })
  return whenOver(system, id, 30_000, () => makeRetryDue(system, id))
}

/** Declares the tests that are the same for every source of the demand. */
const testDemandOf = (demand: string) => {
  const own = cases.filter((one) => one.demand === demand)
  test.for(own)(
    'a generation fails with residency_unavailable when the only provider in the EU $name',
    async (down) => {
      const { provider, model, requests, cause } = down
      const ended = await run(demand, model)
      expect(ended).toMatchObject({
        status: 'failed',
        attempts: requests.length,
        error: { code: 'residency_unavailable', cause, provider, timing: { requests: requests.at(-1) } },
      })
      const made = await calls(system, ended.id)
      expect(made.map(({ attempt }) => attempt)).toEqual(requests.flatMap((count, n) => Array(count).fill(n + 1)))
    },
  )

  test('a generation fails without a request when no provider in the EU offers its model', async () => {
    const ended = await run(demand, 'offered abroad')
    expect(ended).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'residency_unavailable', provider: null },
    })
    expect(ended.error).not.toHaveProperty('cause')
  })

  test('a generation succeeds at the working provider in the EU', async () => {
    const ended = await run(demand, 'offered in both')
    expect(ended).toMatchObject({
      status: 'succeeded',
      attempts: 1,
      ai_metadata: { provider: 'eu', region: 'eu', data_residency: 'eu' },
    })
  })
}

const expectNothingLeft = async () => {
  expect(abroad.totals()).toMatchObject({ requests: 0 })
  const { rows } = await system.admin.query(
    `select count(*) filter (where data_residency = 'eu' and region = 'eu')::integer as stayed,
      count(*) filter (where data_residency = 'eu' and region <> 'eu')::integer as gone,
      count(*) filter (where data_residency is distinct from 'eu')::integer as free
    from public.ai_calls`,
  )
  expect(rows).toEqual([{ stayed: expect.any(Number), gone: 0, free: 0 }])
  expect(rows[0].stayed).toBeGreaterThan(0)
}

describe('residency eu', () => {
  let worker: Service
  beforeAll(async () => {
    worker = await startWorker()
  })
  afterAll(() => worker.stop())

  describe.concurrent('demanded by the request', () => testDemandOf('the request'))
  describe.concurrent('demanded by the account', () => testDemandOf('the account'))
  test('ai_calls proves that no text left the EU', expectNothingLeft)
})

describe('residency eu of the whole deployment', () => {
  let worker: Service
  beforeAll(async () => {
    worker = await startWorker({ RECTO_DATA_RESIDENCY: 'eu' })
  })
  afterAll(() => worker.stop())

  describe.concurrent('demanded by no request and no account', () => testDemandOf('the deployment'))
  test('ai_calls proves that no text left the EU', expectNothingLeft)
})

test('without a demand the first route serves although it is outside of the EU', async () => {
  await startWorker()
  expect(await run('nobody', 'offered in both')).toMatchObject({
    status: 'succeeded',
    ai_metadata: { provider: 'abroad', region: 'global' },
  })
  expect(abroad.totals()).toMatchObject({ requests: 1 })
})
