import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@recto/local/until'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { providerKey } from '../support/canaries.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { call, createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'

let system: System
let owner: pg.Client
let ana: TestPerson
let ben: TestPerson
beforeAll(async () => {
  system = await startSystem()
  owner = new pg.Client({ connectionString: system.supabase.databaseUrl })
  await owner.connect()
  ;[ana, ben] = [await system.person(), await system.person()]
})
afterAll(async () => {
  await owner?.end()
  await system?.stop()
})

const rows = async (sql: string, values: unknown[] = []) => (await system.admin.query(sql, values)).rows
const latest = async () => (await rows('select max(id)::int as id from recto.audit_log'))[0]?.id ?? 0

/** Makes a change and returns the entries that it adds to the audit log. */
const entriesOf = async (change: () => Promise<unknown>) => {
  const since = await latest()
  await change()
  return rows(
    'select actor, action, subject, account_id, before, after, request_id from recto.audit_log where id > $1 order by id',
    [since],
  )
}

const changes = [
  `insert into recto.audit_log (actor, action, subject) values ('nobody', 'insert', 'a lie')`,
  `update recto.audit_log set actor = 'nobody'`,
  'delete from recto.audit_log',
  'truncate recto.audit_log',
  'alter table recto.audit_log disable trigger user',
  'drop table recto.audit_log',
]

describe('the audit log', () => {
  it.each(['anon', 'authenticated', 'service_role', 'recto_api', 'recto_worker'])(
    'cannot be written, changed or emptied by %s',
    async (role) => {
      await owner.query(`insert into recto.account_settings (account_id, scrub) values (gen_random_uuid(), true)`)
      const before = await rows('select * from recto.audit_log order by id')
      for (const change of changes) {
        const client = await system.admin.connect()
        try {
          await client.query('begin')
          await client.query(`set local role ${role}`)
          await expect(client.query(change), change).rejects.toMatchObject({ code: '42501' })
          await client.query('rollback')
        } finally {
          client.release()
        }
      }
      expect(await rows('select * from recto.audit_log order by id')).toEqual(before)
    },
  )

  it('cannot be changed by its owner or a superuser unless they drop its trigger', async () => {
    await owner.query(`insert into recto.account_settings (account_id, scrub) values (gen_random_uuid(), true)`)
    for (const change of changes.slice(1, 4)) {
      await expect(owner.query(change), change).rejects.toMatchObject({ code: '42501' })
      await expect(system.admin.query(change), change).rejects.toMatchObject({ code: '42501' })
    }
  })

  it('loses rows by retention alone, and only after the days that the settings give it', async () => {
    const days = `insert into recto.audit_log (at, actor, action, subject) values (now() - $1::interval, 'aged', 'insert', 'x')`
    for (const age of ['101 days', '99 days']) await rows(days, [age])
    const retained = async () => {
      const client = new pg.Client({ connectionString: system.supabase.workerDatabaseUrl })
      await client.connect()
      await expect(client.query('delete from recto.audit_log')).rejects.toMatchObject({ code: '42501' })
      const { rows: counts } = await client.query('select changes from recto.apply_retention(1000)')
      await client.end()
      return counts[0]?.changes
    }
    expect(await retained()).toBe(0)
    await expect(owner.query('update recto.settings set audit_days = 89')).rejects.toMatchObject({ code: '23514' })
    await owner.query('update recto.settings set audit_days = 100')
    await expect(owner.query('delete from recto.audit_log')).rejects.toMatchObject({ code: '42501' })
    expect(await retained()).toBe(1)
    expect(await rows(`select (now() - at) > '1 hour' as aged from recto.audit_log where actor = 'aged'`)).toHaveLength(
      1,
    )
    await owner.query('update recto.settings set audit_days = null')
  })

  it('is readable by operators only', async () => {
    for (const url of [system.supabase.apiDatabaseUrl, system.supabase.workerDatabaseUrl]) {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await expect(client.query('select * from recto.audit_log')).rejects.toMatchObject({ code: '42501' })
      await client.end()
    }
    await expect(call(system, ana.id, '(select count(*) from recto.audit_log)')).rejects.toMatchObject({
      code: '42501',
    })
  })
})

describe('an audited change has actor, action, before, after and time', () => {
  const by = (actor: string, action: string, subject: string) => ({ actor, action, subject })

  it('for a plan', async () => {
    const [row] = await entriesOf(() => owner.query(`update public.plans set per_day = 11 where name = 'starter'`))
    expect(row).toMatchObject(by('postgres', 'update', 'public.plans'))
    expect([row?.before.per_day, row?.after.per_day]).toEqual([100, 11])
  })

  it.each([
    ['the settings', 'recto.settings', 'update recto.settings set monthly_budget_usd = 5, text_days = 90', 'update'],
  ])('for %s', async (_what, subject, change, action) => {
    expect(await entriesOf(() => owner.query(change))).toMatchObject([by('postgres', action, subject)])
    expect(await entriesOf(() => owner.query(change))).toEqual([])
  })

  it('for an override and for settings, with the account', async () => {
    const account = randomUUID()
    const entries = await entriesOf(async () => {
      await owner.query(
        `insert into recto.account_overrides (account_id, changes, expires_at) values ($1, '{"per_day": 500}', now())`,
        [account],
      )
      await owner.query('insert into recto.account_settings (account_id, text_days) values ($1, 7)', [account])
      await owner.query('delete from recto.account_settings where account_id = $1', [account])
    })
    expect(entries).toMatchObject([
      { ...by('postgres', 'insert', 'recto.account_overrides'), account_id: account, before: null },
      { ...by('postgres', 'insert', 'recto.account_settings'), account_id: account, after: { text_days: 7 } },
      {
        ...by('postgres', 'delete', 'recto.account_settings'),
        account_id: account,
        before: { text_days: 7 },
        after: null,
      },
    ])
  })

  it('for a team and its members, with the person who made the change', async () => {
    let team = ''
    const entries = await entriesOf(async () => {
      team = await createTeam(system, ana.id, [[ben.id, 'member']])
      await call(system, ana.id, 'public.remove_member($1, $2)', [team, ben.id])
    })
    expect(entries).toMatchObject([
      { ...by(ana.id, 'insert', 'public.accounts'), account_id: team, after: { name: 'Night class' } },
      { ...by(ana.id, 'insert', 'public.account_members'), after: { user_id: ana.id, role: 'owner' } },
      { ...by(ana.id, 'insert', 'public.account_invitations'), after: { user_id: ben.id, role: 'member' } },
      { ...by(ben.id, 'insert', 'public.account_members'), after: { user_id: ben.id, role: 'member' } },
      { ...by(ben.id, 'delete', 'public.account_invitations'), account_id: team, before: { user_id: ben.id } },
      { ...by(ana.id, 'delete', 'public.account_members'), before: { user_id: ben.id } },
    ])
  })

  it('for a request, with the request id', async () => {
    const api = await system.startApi()
    const person = await system.person(api)
    const team = await createTeam(system, ben.id, [[person.id, 'member']])
    const entries = await entriesOf(() =>
      person.api('/api/ai/data', { method: 'DELETE', headers: { 'x-request-id': 'request-of-this-test' } }),
    )
    expect(entries).toMatchObject([
      {
        ...by(person.id, 'delete', 'public.account_members'),
        account_id: team,
        request_id: 'request-of-this-test',
      },
    ])
    await api.stop()
  })
})

describe('fingerprints of provider keys', () => {
  const fingerprint = /^[0-9a-f]{12}$/

  it('are logged once for any number of workers, and again when they change', async () => {
    const file = join(system.folder, 'keys')
    writeFileSync(file, 'sk-first-0123456789abcdef')
    const env = { OPENROUTER_API_KEY: '', OPENROUTER_API_KEY_FILE: file }
    const started = await entriesOf(() => Promise.all([system.startWorker(env), system.startWorker(env)]))
    expect(started).toMatchObject([
      { actor: 'recto_worker', action: 'insert', subject: 'recto.provider_key_fingerprints' },
    ])
    expect(started[0]?.after).toMatchObject({
      provider: 'openrouter',
      fingerprints: [expect.stringMatching(fingerprint)],
    })

    const worker = await system.startWorker(env)
    writeFileSync(file, 'sk-first-0123456789abcdef sk-second-0123456789abcdef')
    const changed = await entriesOf(async () => {
      worker.kill('SIGHUP')
      await until(
        async () =>
          (await rows('select cardinality(fingerprints) as count from recto.provider_key_fingerprints'))[0]?.count ===
          2,
        {
          what: 'the keys being noted',
          timeoutMs: 30_000,
        },
      )
    })
    expect(changed).toMatchObject([
      {
        action: 'update',
        before: { fingerprints: started[0]?.after.fingerprints },
        after: { fingerprints: [{}, {}].map(() => expect.stringMatching(fingerprint)) },
      },
    ])
  })

  it('must be twelve hexadecimal digits, so that a whole key does not fit', async () => {
    const client = new pg.Client({ connectionString: system.supabase.workerDatabaseUrl })
    await client.connect()
    const note = client.query(`select recto.record_key_fingerprints('lab', array['sk-own-0123456789abcdef'])`)
    await expect(note).rejects.toMatchObject({ code: '23514' })
    await client.end()
  })
})

describe('the content of the audit log', () => {
  it('holds no source text and no API key', async () => {
    const api = await system.startApi()
    const person = await system.person(api)
    const source_text = newText()
    await person.submit({ source_text }, { 'idempotency-key': 'a key of the request' })
    await person.api('/api/ai/data', { method: 'DELETE' })
    const entries = JSON.stringify(await rows('select * from recto.audit_log'))
    for (const word of [source_text.slice(0, 60), 'a key of the request', 'sk-first', 'sk-second', providerKey])
      expect(entries).not.toContain(word)
  })
})
