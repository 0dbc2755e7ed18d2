import { createClient } from '@supabase/supabase-js'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { call, createTeam, createTeamOf, personOfEachRole } from '../support/team.ts'
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
  const roles = await personOfEachRole(() => system.person())
  ;({ owner, admin, member, outsider: stranger } = roles)
  team = await createTeamOf(system, roles)
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
