import { createPool, type Statement } from '@recto/shared/database'
import { queryAlone } from '@recto/shared/transaction'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertGenerations } from '../../api/src/generations/insert.ts'
import type { TestPerson } from '../support/person.ts'
import { callerOf, type More, sentBy } from '../support/sent.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let api: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  await system.limit(1_000_000, 60)
  const url = system.supabase.apiDatabaseUrl
  api = createPool({ url, name: 'recto_api', max: 1, connectMs: 5_000 }, () => undefined)
})
afterAll(async () => {
  await api?.end()
  await system?.stop()
})

const send = (statement: Statement) => queryAlone(api, statement)

/** Submits several by one statement. */
const submitAll = (person: TestPerson, [first, ...others]: [More, ...More[]]) => {
  const sent = [sentBy(person, first), ...others.map((more) => sentBy(person, more))] as const
  return insertGenerations(send, callerOf(person), person.id, sent)
}

describe('submissions of one statement', () => {
  const positions = async (ids: string[], column: string): Promise<unknown[]> => {
    const text = `select ${column} as value from unnest($1::uuid[]) with ordinality as asked (id, place)
      join public.ai_generations g using (id) order by asked.place`
    return (await system.admin.query(text, [ids])).rows.map(({ value }) => value)
  }
  const jobsOf = async (ids: string[]): Promise<number | null> =>
    (await system.admin.query('select from pgboss.job where id = any ($1::uuid[])', [ids])).rowCount

  it('are answered in their order, each with its own request, key and place in line', async () => {
    const person = await system.person()
    const names = Array.from({ length: 10 }, (_, n) => `request-${n}`)
    const [first = '', ...others] = names
    const more = (requestId: string) => ({
      requestId,
      key: `key of ${requestId}`,
      requestDigest: requestId.slice(-1).repeat(64),
    })
    const rows = await submitAll(person, [more(first), ...others.map(more)])
    const ids = rows.map(({ id }) => id)
    expect(await positions(ids, 'request_id')).toEqual(names)
    expect(await positions(ids, 'idempotency_key')).toEqual(names.map((name) => `key of ${name}`))
    expect(await positions(ids, "encode(request_digest, 'hex')")).toEqual(
      names.map((name) => name.slice(-1).repeat(64)),
    )
    expect(rows.map(({ admission }) => admission.in_flight)).toEqual(names.map((_, n) => n))
    expect(await jobsOf(ids)).toBe(10)
    const created = await positions(ids, 'created_at::text')
    expect(created).toEqual([...created].sort())
    expect(new Set(created).size).toBe(10)
    expect(await positions(ids, 'updated_at >= created_at')).toEqual(names.map(() => true))
  })

  it('wait for a place as they would one by one', async () => {
    await system.plan('free', { concurrent: 2 })
    const rows = await submitAll(await system.person(), [{}, {}, {}, {}])
    await system.plan('free', { concurrent: null })
    expect(rows.map(({ admission }) => admission.waiting)).toEqual([false, false, true, true])
    expect(await jobsOf(rows.map(({ id }) => id))).toBe(2)
  })

  it('count one by one against a window, and store nothing when one of them is above it', async () => {
    const person = await system.person()
    await system.limit(3, 3_600)
    const rows = await submitAll(person, [{}, {}])
    expect(rows.map(({ admission }) => admission.windows[0]?.remaining)).toEqual([2, 1])
    await expect(submitAll(person, [{}, {}])).rejects.toThrow('At most 3 generations')
    await system.limit(1_000_000, 60)
    expect((await system.admin.query('select from recto.admissions where account_id = $1', [person.id])).rowCount).toBe(
      2,
    )
  })

  it('are each held to what they reserve themselves', async () => {
    const person = await system.person()
    await system.plan('free', { monthly_budget_usd: 0.5 })
    await expect(submitAll(person, [{ reserved: '0.4' }, { reserved: '0.6' }])).rejects.toMatchObject({
      code: 'plan_limit',
    })
    expect(await submitAll(person, [{ reserved: '0.4' }, { reserved: '0.45' }])).toHaveLength(2)
    await system.plan('free', { monthly_budget_usd: null })
  })
})
