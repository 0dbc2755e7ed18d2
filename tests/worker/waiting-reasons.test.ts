import { until } from '@recto/local/until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { catalogEnv, catalogOf } from '../support/catalog.ts'
import { whenOver } from '../support/generations.ts'
import type { TestPerson } from '../support/person.ts'
import { givePlan } from '../support/plan.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let api: Service

beforeAll(async () => {
  system = await startSystem()
  const address = { base_url: system.model.url }
  const env = catalogEnv(
    system,
    catalogOf({ providers: { first: address }, models: { failing: ['first'], full: ['first'] } }),
  )
  api = await system.startApi({ RECTO_MODELS: env.RECTO_MODELS ?? '' })
  await system.startWorker(env)
})
afterAll(() => system?.stop())

const Accepted = z.object({ generation_id: z.string() })
const time = z.iso.datetime()
const Waiting = z.strictObject({
  reason: z.string(),
  class: z.string().optional(),
  since: time,
  until: time,
})
const Answer = z.looseObject({ status: z.string(), ai_metadata: z.looseObject({ waiting: Waiting.optional() }) })

const submit = async (person: TestPerson, model: string, marker: string): Promise<string> => {
  const answer = await person.submit({ source_text: newText({ marker }), model })
  return Accepted.parse(await answer.json()).generation_id
}

const read = async (person: TestPerson, id: string) =>
  Answer.parse(await (await person.api(`/api/ai/generations/${id}`)).json())

/** Why a generation waits, by the API, once it does. The row that the person reads through PostgREST says the same. */
const whenWaiting = async (person: TestPerson, id: string) => {
  let waiting: z.infer<typeof Waiting> | undefined
  const waits = async () => {
    const { status, ai_metadata } = await read(person, id)
    waiting = status === 'pending' ? ai_metadata.waiting : undefined
    return waiting !== undefined
  }
  await until(waits, { what: `${id} to wait`, timeoutMs: 30_000, everyMs: 20 })
  return waiting ?? Waiting.parse(undefined)
}

const secondsOf = ({ since, until: end }: z.infer<typeof Waiting>) => (Date.parse(end) - Date.parse(since)) / 1000

describe('a pending generation says in ai_metadata.waiting why it waits', () => {
  test('after a failure that is repeated: its class, and when the next run begins', async () => {
    system.model.setScript([{ match: { text: 'retry' }, status: 503, headers: { 'retry-after': '25' } }])
    const person = await system.person(api)
    const id = await submit(person, 'failing', 'retry')
    const waiting = await whenWaiting(person, id)
    expect(waiting).toMatchObject({ reason: 'retry', class: 'upstream_error' })
    expect(secondsOf(waiting)).toBeGreaterThanOrEqual(25)
    const { data } = await person.client.from('ai_generations').select('ai_metadata').eq('id', id).single()
    expect(data?.ai_metadata).toEqual({ waiting })
    const list = await (await person.api('/api/ai/generations')).json()
    expect(list).toMatchObject({ data: [{ id, ai_metadata: { waiting } }] })

    expect((await person.api(`/api/ai/generations/${id}/cancel`, { method: 'POST' })).status).toBe(202)
    expect(await read(person, id)).toMatchObject({ status: 'cancelled', ai_metadata: {} })
    expect((await read(person, id)).ai_metadata.waiting).toBeUndefined()
  })

  test('while no route is free', async () => {
    system.model.setScript([
      {
        match: { text: 'resting' },
        status: 429,
        body: { error: { message: 'slow down' } },
        headers: { 'retry-after': '400' },
      },
    ])
    const person = await system.person(api)
    const opening = await submit(person, 'full', 'resting')
    await whenWaiting(person, opening)
    const id = await submit(person, 'full', 'next')
    expect(await whenWaiting(person, id)).toMatchObject({ reason: 'routes_resting' })
    expect(system.model.requests.filter(({ generationMarker }) => generationMarker === 'next')).toEqual([])
  })

  test('until the budget has room again', async () => {
    const person = await system.person(api)
    await givePlan(system, person.id, { monthly_budget_usd: '0.05', over_budget: 'wait' })
    await system.admin.query(
      `insert into recto.spending (account_id, month, spent_usd) values ($1, recto.month_of(now()), 0.0499999)`,
      [person.id],
    )
    const id = await submit(person, 'failing', 'budget')
    const waiting = await whenWaiting(person, id)
    expect(waiting.reason).toBe('budget')
    const nextMonth = new Date(new Date().toISOString().slice(0, 7))
    nextMonth.setUTCMonth(nextMonth.getUTCMonth() + 1)
    expect(Math.abs(Date.parse(waiting.until) - nextMonth.getTime())).toBeLessThan(5_000)
  })

  test('and no longer when it has succeeded', async () => {
    system.model.setScript([{ match: { text: 'passing' }, status: 503, headers: { 'retry-after': '2' }, times: 2 }])
    const person = await system.person(api)
    const id = await submit(person, 'failing', 'passing')
    await whenWaiting(person, id)
    expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded' })
    expect((await read(person, id)).ai_metadata.waiting).toBeUndefined()
  })
})
