import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import { deploymentAccount } from '@recto/shared/account-id'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { whenOver } from '../support/generations.ts'
import type { TestPerson } from '../support/person.ts'
import { givePlan } from '../support/plan.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { ask, callsOf, checksOf, global } from './connection-checks.ts'

let system: System
let eu: ModelServer
let api: Service
let worker: Service
const withEu = () => ({ SCW_SECRET_KEY: 'eu-key', SCALEWAY_BASE_URL: eu.url })

beforeAll(async () => {
  system = await startSystem()
  eu = await startModelServer({ name: 'eu', report_cost: false })
  api = await system.startApi()
  worker = await system.startWorker(withEu())
})
afterAll(async () => {
  await eu?.stop()
  await system?.stop()
})
beforeEach(() => {
  for (const server of [system.model, eu]) {
    server.setScript([{ content: 'The sky is blue.' }])
    server.clearRequests()
  }
})

/** A model with two routes: first to the server outside of the EU, then to the one in the EU. */
const both = 'openai/gpt-oss-120b'

/** Records what an account has spent in this month already. */
const spend = (account: string, usd: string) =>
  system.admin.query(
    `insert into recto.spending (account_id, month, spent_usd) values ($1, date_trunc('month', now() at time zone 'UTC'), $2)`,
    [account, usd],
  )

describe('a connection check', () => {
  test('answers what the model said, and its cost is recorded as a connection check of the person', async () => {
    const person = await system.person(api)
    const { status, json } = await ask(person, global)
    expect(status).toBe(200)
    expect(json).toEqual({
      data: {
        text: 'The sky is blue.',
        model: 'recto-local/extractive-1',
        provider: 'openrouter',
        usage: { tokens_input: expect.any(Number), tokens_output: 4, cost_usd: system.model.totals().chargedUsd },
        latency_ms: expect.any(Number),
      },
      message: expect.stringMatching(/^recto-local\/extractive-1 answered through openrouter in \d+ ms\.$/),
    })
    expect(await callsOf(system, person)).toEqual([
      {
        purpose: 'connection_check',
        generation_id: null,
        account_id: person.id,
        provider: 'openrouter',
        region: 'global',
        data_residency: 'any',
        outcome: 'ok',
        cost_usd: system.model.totals().chargedUsd,
        cost_source: 'provider',
        finished: true,
      },
    ])
  })

  test('sends the message of the person instead of its own question', async () => {
    system.model.setScript([{ match: { text: 'capital of Peru' }, content: 'Lima.', times: 1 }])
    const person = await system.person(api)
    const { json } = await ask(person, global, 'What is the capital of Peru?')
    expect(json).toMatchObject({ data: { text: 'Lima.' } })
  })

  test('is answered in words by the local model server, which repeats the message', async () => {
    system.model.setScript([])
    const { json } = await ask(await system.person(api), global, 'Are 3 flashcards ready?')
    expect(json).toMatchObject({
      data: { text: expect.stringMatching(/^Recto's local model server .*“Are 3 flashcards ready\?”/) },
    })
  })

  test('replaces personal values before a message leaves, and restores them in the answer, with RECTO_SCRUB=on', async () => {
    await worker.stop()
    worker = await system.startWorker({ ...withEu(), RECTO_SCRUB: 'on' })
    try {
      system.model.setScript([{ match: { text: 'Write to [EMAIL_1]' }, content: 'I would write to [EMAIL_1].' }])
      const { json } = await ask(await system.person(api), global, 'Write to clara.whitfield@lighthouse.org')
      expect(json).toMatchObject({ data: { text: 'I would write to clara.whitfield@lighthouse.org.' } })
    } finally {
      await worker.stop()
      worker = await system.startWorker(withEu())
    }
  })

  test('replaces personal values in a message for an account that asks for it', async () => {
    system.model.setScript([{ match: { text: 'Write to [EMAIL_1]' }, content: 'I would write to [EMAIL_1].' }])
    const person = await system.person(api)
    await system.admin.query('insert into recto.account_settings (account_id, scrub) values ($1, true)', [person.id])
    const { json } = await ask(person, global, 'Write to clara.whitfield@lighthouse.org')
    expect(json).toMatchObject({ data: { text: 'I would write to clara.whitfield@lighthouse.org.' } })
  })

  test('does not add to the cost of a generation', async () => {
    system.model.setScript([{ match: { text: 'colour' }, content: 'Blue.', cost: '0.09' }])
    const person = await system.person(api)
    await person.submit()
    await ask(person, global)
    const { rows } = await system.admin.query('select id from public.ai_generations where user_id = $1', [person.id])
    const { cost_usd } = await whenOver(system, rows[0]?.id)
    expect(Number(cost_usd)).toBeGreaterThan(0)
    expect(Number(cost_usd)).toBeLessThan(0.09)
    expect((await callsOf(system, person)).map(({ purpose }) => purpose).toSorted()).toEqual([
      'connection_check',
      'generation',
    ])
  })

  test('of one person cannot be read by another person', async () => {
    const [ana, ben] = [await system.person(api), await system.person(api)]
    await ask(ana, global)
    const [own] = await checksOf(system, ana)
    const read = (person: TestPerson) =>
      asPerson(system.supabase.adminUrl, person.id, async (client) => {
        const { rows } = await client.query('select recto.connection_check_result($1) as result', [own?.id])
        return rows[0]?.result
      })
    expect(await read(ana)).toMatchObject({ ok: true, text: 'The sky is blue.' })
    expect(await read(ben)).toBeNull()
  })

  test('of a provider that fails answers 502 and how it failed', async () => {
    system.model.setScript([{ status: 400, body: { error: { code: 400, message: 'No such thing for secret-words' } } }])
    const person = await system.person(api)
    const { status, json } = await ask(person, global)
    expect(status).toBe(502)
    expect(json).toMatchObject({
      code: 'provider_failed',
      detail: 'The provider did not accept the request. (invalid_request, openrouter, HTTP 400)',
    })
    expect(JSON.stringify(json)).not.toContain('secret-words')
    expect(await callsOf(system, person)).toMatchObject([{ outcome: 'invalid_request', cost_usd: '0', finished: true }])
  })

  test('of an account over its budget answers 402 with the amounts, and sends nothing', async () => {
    const person = await system.person(api)
    await givePlan(system, person.id, { monthly_budget_usd: '0.5' })
    await spend(person.id, '0.5')
    const { status, json } = await ask(person, global)
    expect([status, json]).toMatchObject([
      402,
      {
        code: 'budget_exceeded',
        detail: expect.stringMatching(/^The account has spent 0\.5 of 0\.5 USD, and the rest is too little\./),
        retry_after: expect.any(Number),
        limit: { name: 'budget', scope: 'account', budget_usd: '0.5', spent_usd: '0.5', reset: expect.any(Number) },
      },
    ])
    expect(system.model.requests).toEqual([])
    expect(await callsOf(system, person)).toEqual([])
  })

  test('over the budget of the deployment answers 402 without the amounts', async () => {
    const { admin } = system
    await spend(deploymentAccount, '7')
    await admin.query('update recto.settings set monthly_budget_usd = 7')
    try {
      const person = await system.person(api)
      const { status, json } = await ask(person, global)
      const limit = { name: 'budget', scope: 'deployment', reset: expect.any(Number) }
      expect(status).toBe(402)
      expect(json).toHaveProperty('limit', limit)
      const { rows } = await admin.query('select result from recto.connection_checks where user_id = $1', [person.id])
      expect(rows[0]?.result.limit).toEqual(limit)
    } finally {
      await admin.query('update recto.settings set monthly_budget_usd = null')
    }
  })

  test('fails over like a generation', async () => {
    system.model.setScript([{ status: 400 }])
    const person = await system.person(api)
    expect(await ask(person, both)).toMatchObject({ status: 200, json: { data: { provider: 'scaleway' } } })
    expect((await callsOf(system, person)).map(({ outcome }) => outcome)).toEqual(['invalid_request', 'ok'])
  })

  test('of an account with residency eu uses only providers in the EU', async () => {
    const person = await system.person(api)
    const text = `insert into recto.account_settings (account_id, data_residency) values ($1, 'eu')`
    await system.admin.query(text, [person.id])
    expect(await ask(person, both)).toMatchObject({ status: 200, json: { data: { provider: 'scaleway' } } })
    expect(await ask(person, global)).toMatchObject({
      status: 502,
      json: { detail: expect.stringContaining('(residency_unavailable)') },
    })
    eu.setScript([{ status: 400 }])
    expect(await ask(person, both)).toMatchObject({ status: 502 })
    expect(system.model.requests).toEqual([])
    expect(await callsOf(system, person)).toMatchObject([
      { region: 'eu', data_residency: 'eu', outcome: 'ok', cost_source: 'price_list' },
      { region: 'eu', data_residency: 'eu', outcome: 'invalid_request' },
    ])
  })
})
