import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type System, startSystem } from '../support/system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

const override = async (changes: object) => {
  const { id } = await system.person()
  return system.admin.query(
    `insert into recto.account_overrides (account_id, changes, expires_at) values ($1, $2, now() + interval '1 day')`,
    [id, JSON.stringify(changes)],
  )
}

describe('an account override', () => {
  it.each([
    ['a limit of zero concurrent generations', { concurrent: 0 }, '23514'],
    ['a window of zero seconds', { window_seconds: 0 }, '23514'],
    ['a burst of null', { burst: null }, '23502'],
    ['a priority out of range', { priority: 300 }, '23514'],
    ['an unknown over_budget', { over_budget: 'later' }, '23514'],
    ['a text for a number', { per_day: 'many' }, '22P02'],
    ['a weight of a kind that is no number', { kind_weights: { toy: 'much' } }, '23514'],
    ['a negative weight of a kind', { kind_weights: { toy: -1 } }, '23514'],
    ['weights of kinds that are a list', { kind_weights: [2] }, '23514'],
    ['an unknown column', { per_year: 5 }, '23514'],
  ])('fails when no plan could have the value: %s', async (_, changes, code) => {
    await expect(override(changes)).rejects.toMatchObject({ code })
  })

  it('cannot be updated to a value that no plan could have', async () => {
    await override({ per_day: 77 })
    const change = `update recto.account_overrides set changes = '{"concurrent": 0}' where changes = '{"per_day": 77}'`
    await expect(system.admin.query(change)).rejects.toMatchObject({ code: '23514' })
  })

  it('is validated without a new row in plans or the audit log', async () => {
    const seen = async () => {
      const { rows } = await system.admin.query(
        `select (select count(*)::int from public.plans) as plans,
           (select count(*)::int from recto.audit_log where subject = 'public.plans') as entries`,
      )
      return rows[0]
    }
    const before = await seen()
    await override({ per_day: null, burst: 3, allowed_models: ['fast'] })
    expect(await seen()).toEqual(before)
  })
})

describe('the plans of new accounts', () => {
  it.each([
    "update public.plans set name = 'none' where name = 'free'",
    "delete from public.plans where name = 'free'",
    "update public.plans set name = 'none' where name = 'anonymous'",
    "delete from public.plans where name = 'anonymous'",
  ])('cannot be renamed or deleted: %s', async (sql) => {
    await expect(system.admin.query(sql)).rejects.toMatchObject({ code: '23001' })
  })

  it('can be changed in all other columns', async () => {
    await system.admin.query("update public.plans set name = 'free', priority = 1 where name = 'free'")
    const { rows } = await system.admin.query("select priority from public.plans where name = 'free'")
    expect(rows).toEqual([{ priority: 1 }])
  })

  it('counts from starts_at until expires_at', async () => {
    const { id } = await system.person()
    const perDay = async () => {
      const { rows } = await system.admin.query('select (recto.effective_plan($1)).per_day', [id])
      return rows[0]?.per_day
    }
    const usual = await perDay()
    await system.admin.query(
      `insert into recto.account_overrides (account_id, changes, starts_at, expires_at)
       values ($1, '{"per_day": 501}', now() + interval '1 hour', now() + interval '1 day')`,
      [id],
    )
    expect(await perDay()).toBe(usual)
    await system.admin.query(`update recto.account_overrides set starts_at = now() where account_id = $1`, [id])
    expect(await perDay()).toBe(501)
    await system.admin.query(
      `update recto.account_overrides set starts_at = now() - interval '2 days', expires_at = now() - interval '1 day' where account_id = $1`,
      [id],
    )
    expect(await perDay()).toBe(usual)
  })

  it('cannot end before it begins', async () => {
    const { id } = await system.person()
    const insert = system.admin.query(
      `insert into recto.account_overrides (account_id, changes, starts_at, expires_at)
       values ($1, '{"per_day": 501}', now() + interval '2 days', now() + interval '1 day')`,
      [id],
    )
    await expect(insert).rejects.toMatchObject({ code: '23514' })
  })
})
