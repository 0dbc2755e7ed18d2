import { createClient } from '@supabase/supabase-js'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { call, createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { addWebhook, newKeys } from '../support/webhook.ts'

let system: System
let owner: TestPerson
let admin: TestPerson
let member: TestPerson
let stranger: TestPerson
let team: string
let webhook: string
beforeAll(async () => {
  system = await startSystem()
  owner = await system.person()
  admin = await system.person()
  member = await system.person()
  stranger = await system.person()
  team = await createTeam(system, owner.id, [
    [admin.id, 'admin'],
    [member.id, 'member'],
  ])
  webhook = await addWebhook(system, owner.id, team)
})
afterAll(() => system?.stop())

const people = () => [owner, admin, member, stranger]
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof pg.DatabaseError ? `${error.code} ${error.detail ?? ''}` : String(error)),
  )
const outcomes = (work: (person: TestPerson) => Promise<string>) => Promise.all(people().map(work))

describe('webhooks of a team', () => {
  it('are added by its owners and admins alone, and those of a person by that person alone', async () => {
    const add = (account: string) => outcomes(({ id }) => outcome(addWebhook(system, id, account)))
    expect(await add(team)).toEqual(['done', 'done', 'PT403 not_an_admin', 'PT403 not_a_member'])
    expect(await add(owner.id)).toEqual(['done', ...Array(3).fill('PT403 not_a_member')])
  })

  it('are rotated, tested and replayed by its owners and admins alone', async () => {
    const asked = ['PT403 not_an_admin', 'PT404 not_found']
    const rotate = ({ id }: TestPerson) =>
      outcome(call(system, id, 'recto.rotate_webhook_secret($1, 0, $2, $3, $4)', [webhook, ...newKeys()]))
    expect(await outcomes(rotate)).toEqual(['done', 'done', ...asked])
    const test = ({ id }: TestPerson) => outcome(call(system, id, 'recto.send_webhook_test($1)', [webhook]))
    expect(await outcomes(test)).toEqual(['done', 'done', ...asked])
    const replay = ({ id }: TestPerson) =>
      outcome(
        call(system, id, `recto.replay_deliveries($1, null, '-infinity', 'infinity', '{failed,succeeded}')`, [webhook]),
      )
    expect(await outcomes(replay)).toEqual(['done', 'done', ...asked])
  })

  it('are read through PostgREST by its owners and admins alone, with their deliveries and attempts', async () => {
    const of = await addWebhook(system, owner.id, team)
    const { rows } = await system.admin.query(
      `insert into public.webhook_deliveries (endpoint_id, account_id, webhook_id, type, data) values ($1, $2, 'x', 'y', '{}') returning id`,
      [of, team],
    )
    await system.admin.query(
      `insert into public.webhook_attempts (delivery_id, number, account_id, started_at, latency_ms) values ($1, 1, $2, now(), 5)`,
      [rows[0].id, team],
    )
    const seen = ({ client }: TestPerson) =>
      Promise.all([
        client.from('webhook_endpoints').select('id').eq('id', of),
        client.from('webhook_deliveries').select('id').eq('endpoint_id', of),
        client.from('webhook_attempts').select('number').eq('delivery_id', rows[0].id),
      ]).then((answers) => answers.map(({ data }) => data?.length).join())
    expect(await Promise.all(people().map(seen))).toEqual(['1,1,1', '1,1,1', '0,0,0', '0,0,0'])
    const anon = createClient(system.supabase.supabaseUrl, system.supabase.publishableKey)
    for (const table of ['webhook_endpoints', 'webhook_deliveries', 'webhook_attempts'])
      expect((await anon.from(table).select()).error?.code, table).toBe('42501')
    await system.admin.query('delete from public.webhook_endpoints where id = $1', [of])
  })

  it('are changed and deleted through PostgREST by its owners and admins alone', async () => {
    const of = await addWebhook(system, owner.id, team)
    const change = ({ client }: TestPerson) =>
      client
        .from('webhook_endpoints')
        .update({ enabled: false })
        .eq('id', of)
        .select('disabled_reason')
        .then(({ data }) => JSON.stringify(data))
    const changed = '[{"disabled_reason":"person"}]'
    expect(await Promise.all(people().map(change))).toEqual([changed, changed, '[]', '[]'])
    const remove = ({ client }: TestPerson) =>
      client
        .from('webhook_endpoints')
        .delete()
        .eq('id', of)
        .select('id')
        .then(({ data }) => data?.length)
    expect([await remove(member), await remove(stranger), await remove(admin)]).toEqual([0, 0, 1])
  })

  it('let nobody write columns that Recto writes, or add rows, through PostgREST', async () => {
    const row = { account_id: owner.id, url: 'https://a.example', events: ['budget.alert'], public_key: 'whpk_x' }
    expect((await owner.client.from('webhook_endpoints').insert(row)).error?.code).toBe('42501')
    for (const change of [
      { account_id: owner.id },
      { disabled_reason: null },
      { failing_since: null },
      { public_key: 'x' },
    ]) {
      const { error } = await owner.client.from('webhook_endpoints').update(change).eq('id', webhook)
      expect(error?.code, JSON.stringify(change)).toBe('42501')
    }
    const { error } = await owner.client.from('webhook_deliveries').update({ status: 'failed' }).eq('account_id', team)
    expect(error?.code).toBe('42501')
  })

  it('have secrets that no person and no other process than the worker can read', async () => {
    const read = 'select secret, private_key from recto.webhook_secrets'
    const reading = (client: pg.Client) => client.query(read)
    expect(await outcome(asPerson(system.supabase.adminUrl, owner.id, reading))).toBe('42501 ')
    const rows = async (url: string) => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        return await outcome(client.query(read))
      } finally {
        await client.end()
      }
    }
    expect(await rows(system.supabase.apiDatabaseUrl)).toBe('42501 ')
    expect(await rows(system.supabase.workerDatabaseUrl)).toBe('done')
    const { rows: log } = await system.admin.query('select before, after from recto.audit_log where account_id = $1', [
      team,
    ])
    expect(log.length).toBeGreaterThan(3)
    expect(JSON.stringify(log)).not.toMatch(/whsec_|whsk_|receiver\.example/)
  })

  it('are at most webhooks_per_account, also when two people add one at the same time', async () => {
    const other = await createTeam(system, owner.id, [[admin.id, 'admin']])
    for (let n = 0; n < 9; n++) await addWebhook(system, owner.id, other)
    const both = await Promise.all([owner, admin].map(({ id }) => outcome(addWebhook(system, id, other))))
    expect(both.toSorted()).toEqual(['PT403 plan_limit', 'done'])
  })

  it('sign with at most five secrets, of which a rotation without overlap leaves one', async () => {
    const rotate = (overlap: number) =>
      outcome(
        call(system, owner.id, 'recto.rotate_webhook_secret($1, $2, $3, $4, $5)', [webhook, overlap, ...newKeys()]),
      )
    const results = []
    for (let n = 0; n < 5; n++) results.push(await rotate(3600))
    expect(results).toEqual(['done', 'done', 'done', 'done', 'PT409 conflict'])
    expect(await rotate(0)).toBe('done')
    const { rows } = await system.admin.query('select expires_at from recto.webhook_secrets where endpoint_id = $1', [
      webhook,
    ])
    expect(rows).toEqual([{ expires_at: null }])
  })
})

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
    await call(system, person.id, '(select count(*) from recto.continue_erasure(100))')
    expect(await call(system, person.id, 'recto.continue_delivery_erasure(100)')).toBe(2)
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
