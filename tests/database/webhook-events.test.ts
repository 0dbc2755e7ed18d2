import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { call, createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { addWebhook, newKeys } from '../support/webhook.ts'

let system: System
let owner: TestPerson
let member: TestPerson
let team: string
let webhook: string
beforeAll(async () => {
  system = await startSystem()
  ;[owner, member] = [await system.person(), await system.person()]
  team = await createTeam(system, owner.id, [[member.id, 'member']])
  webhook = await addWebhook(system, owner.id, team)
})
afterAll(() => system?.stop())

/** Adds a live generation of a person for an account. */
const submitted = async (person: TestPerson, account: string): Promise<string> => {
  const { rows } = await system.admin.query<{ id: string }>(
    'insert into public.ai_generations (user_id, account_id, source_text) values ($1, $2, $3) returning id',
    [person.id, account, `secret text ${newText()}`],
  )
  return rows[0]?.id ?? ''
}
const end = (id: string, status: string) =>
  system.admin.query(
    `update public.ai_generations set status = $2, finished_at = clock_timestamp(), cost_usd = 0.0042,
       error = case when $2 = 'failed' then '{"code": "timeout", "message": "secret text", "retryable": true}'::jsonb end where id = $1`,
    [id, status],
  )
const deliveriesOf = async (endpoint: string) =>
  (
    await system.admin.query('select * from public.webhook_deliveries where endpoint_id = $1 order by created_at', [
      endpoint,
    ])
  ).rows

describe('the end of a generation', () => {
  it('writes one delivery per webhook that wants it, with ids and numbers and no text', async () => {
    const person = await system.person()
    const all = await addWebhook(system, person.id, person.id)
    const failures = await addWebhook(system, person.id, person.id, { events: ['generation.failed'] })
    const off = await addWebhook(system, person.id, person.id)
    await person.client.from('webhook_endpoints').update({ enabled: false }).eq('id', off)
    const ids = []
    for (const status of ['succeeded', 'failed', 'cancelled']) {
      const id = await submitted(person, person.id)
      ids.push(id)
      await end(id, status)
      await system.admin.query(`update public.ai_generations set cost_usd = 1 where id = $1`, [id])
    }
    const rows = await deliveriesOf(all)
    expect(rows.map(({ type, webhook_id }) => [type, webhook_id])).toEqual([
      ['generation.succeeded', `generation_${ids[0]}`],
      ['generation.failed', `generation_${ids[1]}`],
      ['generation.cancelled', `generation_${ids[2]}`],
    ])
    expect(rows[1]).toMatchObject({ status: 'pending', user_id: person.id, account_id: person.id })
    expect(rows[1].data).toMatchObject({
      generation_id: ids[1],
      status: 'failed',
      cost_usd: '0.0042',
      error: { code: 'timeout', retryable: true },
      finished_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    })
    expect(JSON.stringify(rows)).not.toContain('secret text')
    expect((await deliveriesOf(failures)).map(({ type }) => type)).toEqual(['generation.failed'])
    expect(await deliveriesOf(off)).toEqual([])
  })

  it('writes nothing for an account without webhooks, and nothing when it is rolled back', async () => {
    const [with_, without] = [await system.person(), await system.person()]
    const endpoint = await addWebhook(system, with_.id, with_.id)
    const count = async () => (await system.admin.query('select from public.webhook_deliveries')).rowCount
    const before = await count()
    await end(await submitted(without, without.id), 'succeeded')
    const id = await submitted(with_, with_.id)
    await system.admin
      .query(`do $$ begin update public.ai_generations set status = 'cancelled', finished_at = now() where id = '${id}';
      raise exception 'rolled back'; end $$`)
      .catch(() => undefined)
    expect(await count()).toBe(before)
    expect(await call(system, with_.id, 'recto.cancel_generation($1)', [id])).toBe(true)
    expect((await deliveriesOf(endpoint)).map(({ type }) => type)).toEqual(['generation.cancelled'])
  })

  it('tells the webhooks of the team for which it was made, and not those of its person', async () => {
    const own = await addWebhook(system, member.id, member.id)
    const before = (await deliveriesOf(webhook)).length
    await end(await submitted(member, team), 'succeeded')
    expect(await deliveriesOf(own)).toEqual([])
    expect((await deliveriesOf(webhook)).length).toBe(before + 1)
  })

  it('tells nothing when an erasure deletes it, and what was told is erased', async () => {
    const person = await system.person()
    const own = await addWebhook(system, person.id, person.id)
    const joint = await createTeam(system, owner.id, [[person.id, 'admin']])
    const theirs = await addWebhook(system, person.id, joint)
    await end(await submitted(person, joint), 'succeeded')
    await end(await submitted(person, person.id), 'succeeded')
    await submitted(person, person.id)
    await call(system, person.id, 'recto.begin_erasure()')
    expect([...(await deliveriesOf(own)), ...(await deliveriesOf(theirs))]).toHaveLength(2)
    await call(system, person.id, 'recto.continue_erasure(100)')
    expect([...(await deliveriesOf(own)), ...(await deliveriesOf(theirs))]).toEqual([])
    const left = await system.admin.query('select id, created_by from public.webhook_endpoints where id = any ($1)', [
      [own, theirs],
    ])
    expect(left.rows).toEqual([{ id: theirs, created_by: null }])
  })
})

describe('a budget alert', () => {
  it('tells the webhooks of its account once per threshold', async () => {
    const person = await system.person()
    const endpoint = await addWebhook(system, person.id, person.id)
    const alert = () =>
      system.admin.query(
        `insert into public.budget_alerts (account_id, month, threshold, budget_usd, spent_usd) values ($1, '2026-11-01', 80, 10, 8.5)
         on conflict do nothing`,
        [person.id],
      )
    await alert()
    await alert()
    expect(await deliveriesOf(endpoint)).toMatchObject([
      {
        type: 'budget.alert',
        webhook_id: `budget_${person.id}_2026-11-01_80`,
        data: {
          account_id: person.id,
          month: '2026-11-01',
          reason: 'spent',
          threshold: 80,
          spent_usd: '8.5',
          budget_usd: '10',
        },
      },
    ])
  })
})

describe('retention', () => {
  it('drops deliveries of events that are older than webhook_days, with their attempts, and expired secrets', async () => {
    const person = await system.person()
    const endpoint = await addWebhook(system, person.id, person.id)
    await system.admin.query(
      `insert into public.webhook_deliveries (endpoint_id, account_id, webhook_id, type, data, created_at)
       select $1, $2, 'n', 'webhook.test', '{}', now() - days * interval '1 day' from unnest(array[29, 31]) as days`,
      [endpoint, person.id],
    )
    await system.admin.query(
      `insert into recto.webhook_secrets (endpoint_id, account_id, secret, private_key, expires_at) values ($1, $2, $3, $4, now())`,
      [endpoint, person.id, ...newKeys().slice(0, 2)],
    )
    const { rows } = await system.admin.query('select deliveries from recto.apply_retention(100)')
    expect(rows).toEqual([{ deliveries: 1 }])
    expect(await deliveriesOf(endpoint)).toHaveLength(1)
    const secrets = await system.admin.query('select from recto.webhook_secrets where endpoint_id = $1', [endpoint])
    expect(secrets.rowCount).toBe(1)
  })
})
