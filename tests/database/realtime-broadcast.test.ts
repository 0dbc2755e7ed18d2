import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { migrate } from '@recto/local/migrate'
import { startThrowaway } from '@recto/local/throwaway'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { createPerson } from '../support/person.ts'
import { realtimeSchema } from '../support/realtime-schema.ts'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'

type Project = { supabase: Awaited<ReturnType<typeof startThrowaway>>; admin: pg.Client; notices: string[] }
const stops: (() => Promise<void>)[] = []

/** A new project, with the migrations, or without them. */
const startProject = async (options: { migrate?: false } = {}): Promise<Project> => {
  const supabase = await startThrowaway(options)
  const admin = new pg.Client({ connectionString: supabase.adminUrl })
  const notices: string[] = []
  admin.on('notice', ({ message }) => notices.push(message ?? ''))
  await admin.connect()
  stops.push(async () => {
    await admin.end()
    await supabase.stop()
  })
  return { supabase, admin, notices }
}
const migration = readFileSync(
  join(import.meta.dirname, '../../supabase/migrations/20261128002610_realtime_broadcast.sql'),
  'utf8',
)

/** The trigger and the policies that the migration makes. */
const madeIn = async ({ admin }: Project): Promise<string[]> => {
  const { rows } = await admin.query<{ name: string }>(
    `select tgname as name from pg_trigger where tgname = 'broadcast_status'
     union all select policyname from pg_policies where schemaname = 'realtime' order by 1`,
  )
  return rows.map(({ name }) => name)
}
const made = ['broadcast_status', 'people receive the status of their generations', 'topics of Recto are private']

const insert = async ({ admin }: Project, userId: string, account = userId, text = newText()): Promise<string> => {
  const { rows } = await admin.query<{ id: string }>(
    'insert into public.ai_generations (user_id, account_id, source_text) values ($1, $2, $3) returning id',
    [userId, account, text],
  )
  return rows[0]?.id ?? ''
}
const claim = ({ admin }: Project, id: string) =>
  admin.query(
    `update public.ai_generations set status = 'running', attempts = attempts + 1, started_at = now() where id = $1`,
    [id],
  )
const fail = ({ admin }: Project, id: string) =>
  admin.query(
    `update public.ai_generations set status = 'failed', finished_at = now(), error = '{"code":"refused","message":"a text"}'
     where id = $1`,
    [id],
  )
const sentAbout = async ({ admin }: Project, id: string) => {
  const { rows } = await admin.query<{ topic: string; event: string; private: boolean; payload: object }>(
    `select topic, event, private, payload - 'id' as payload from realtime.messages
     where payload ->> 'generation_id' = $1 order by inserted_at`,
    [id],
  )
  return rows
}

describe('where the database can send by Realtime', () => {
  let project: Project
  beforeAll(async () => {
    project = await startProject({ migrate: false })
    await project.admin.query(realtimeSchema('postgres'))
    const { databaseUrl } = project.supabase
    await migrate({ databaseUrl, apiPassword: undefined, workerPassword: undefined, limits: undefined })
  })
  afterAll(async () => {
    for (const stop of stops.splice(0)) await stop()
  })
  const person = () => createPerson(project.supabase, undefined)

  it('each change of status or attempt is sent to the private topic of the person, without any text', async () => {
    const { id: ana } = await person()
    const id = await insert(project, ana)
    await claim(project, id)
    await project.admin.query(`update public.ai_generations set ai_metadata = '{"waiting":{}}' where id = $1`, [id])
    await project.admin.query(`update public.ai_generations set status = status, attempts = attempts where id = $1`, [
      id,
    ])
    await claim(project, id)
    await fail(project, id)
    const payload = { generation_id: id, suggestions_count: 0, error_code: null, finished_at: null }
    const message = { topic: `recto:${ana}`, event: 'status', private: true }
    expect(await sentAbout(project, id)).toEqual([
      { ...message, payload: { ...payload, status: 'running', attempts: 1 } },
      { ...message, payload: { ...payload, status: 'running', attempts: 2 } },
      {
        ...message,
        payload: { ...payload, status: 'failed', attempts: 2, error_code: 'refused', finished_at: expect.any(String) },
      },
    ])
  })

  it('a cancellation by the person is sent, too', async () => {
    const { id: ana } = await person()
    const id = await insert(project, ana)
    const cancel = (client: pg.Client) => client.query('select recto.cancel_generation($1)', [id])
    await asPerson(project.supabase.adminUrl, ana, cancel, { commit: true })
    expect((await sentAbout(project, id)).map(({ payload }) => payload)).toMatchObject([{ status: 'cancelled' }])
  })

  /** How many messages Realtime would let a person receive from a topic: it sets the topic, and reads as the person. */
  const receivedBy = async (personId: string, topic: string, role = 'authenticated'): Promise<number> =>
    asPerson(project.supabase.adminUrl, personId, async (client) => {
      await client.query(`set local role ${role}`)
      if (role === 'anon') await client.query(`select set_config('request.jwt.claims', '{"role":"anon"}', true)`)
      await client.query(`select set_config('realtime.topic', $1, true)`, [topic])
      const { rows } = await client.query<{ count: string }>(
        'select count(*) from realtime.messages where topic = $1',
        [topic],
      )
      return Number(rows[0]?.count)
    })
  /** What becomes of a message that a person sends to a topic, as Realtime tries it. */
  const sentBy = async (personId: string, topic: string): Promise<string> =>
    asPerson(project.supabase.adminUrl, personId, async (client) => {
      await client.query(`select set_config('realtime.topic', $1, true)`, [topic])
      const text = `insert into realtime.messages (topic, extension, event) values ($1, 'broadcast', 'status')`
      return client.query(text, [topic]).then(
        () => 'sent',
        ({ code }) => code,
      )
    })

  it('a topic is received by its person alone, and not by others of a team that shares the text', async () => {
    const [ana, ben, cara] = await Promise.all([person(), person(), person()])
    const team = await createTeam(project, ana.id, [[ben.id, 'admin']], { shares: true })
    await claim(project, await insert(project, ana.id, team))
    await claim(project, await insert(project, ana.id))
    expect(await receivedBy(ana.id, `recto:${ana.id}`)).toBe(2)
    expect(await receivedBy(ben.id, `recto:${ana.id}`)).toBe(0)
    expect(await receivedBy(cara.id, `recto:${ana.id}`)).toBe(0)
    expect(await receivedBy(ana.id, `recto:${ana.id}`, 'anon')).toBe(0)
  })

  it('a topic stays private, and nobody sends to it, when the app has a policy for all topics', async () => {
    const [ana, ben] = await Promise.all([person(), person()])
    await claim(project, await insert(project, ana.id))
    await project.admin.query(`create policy "of the app" on realtime.messages using (true) with check (true)`)
    expect(await receivedBy(ana.id, `recto:${ana.id}`)).toBe(1)
    expect(await receivedBy(ben.id, `recto:${ana.id}`)).toBe(0)
    expect(await receivedBy(ana.id, `recto:${ana.id}`, 'anon')).toBe(0)
    expect(await sentBy(ben.id, `recto:${ana.id}`)).toBe('42501')
    expect(await sentBy(ana.id, `recto:${ana.id}`)).toBe('42501')
    expect(await sentBy(ben.id, 'room:1')).toBe('sent')
    await project.admin.query(`drop policy "of the app" on realtime.messages`)
  })

  it('a message that cannot be sent does not fail the commit', async () => {
    const { id: ana } = await person()
    const statusOf = async (id: string) =>
      (await project.admin.query(`select status from public.ai_generations where id = $1`, [id])).rows[0]?.status
    const id = await insert(project, ana)
    const send = 'realtime.send(jsonb, text, text, boolean)'
    for (const broken of [
      `alter function ${send} rename to send_away`,
      `alter schema realtime rename to realtime_away`,
      `alter table realtime.messages_today add constraint broken check (event is null) not valid`,
    ]) {
      await project.admin.query('begin')
      await project.admin.query(broken)
      await claim(project, id)
      expect(await statusOf(id)).toBe('running')
      await project.admin.query('rollback')
    }
    await claim(project, id)
    expect(await sentAbout(project, id)).toHaveLength(1)
  })

  it('a commit waits for no lock on the messages', async () => {
    const { id: ana } = await person()
    const id = await insert(project, ana)
    const other = new pg.Client({ connectionString: project.supabase.adminUrl })
    await other.connect()
    await other.query('begin; lock table realtime.messages in access exclusive mode')
    const begun = performance.now()
    await claim(project, id)
    expect(performance.now() - begun).toBeLessThan(3_000)
    await other.query('rollback')
    await other.end()
    expect(await sentAbout(project, id)).toEqual([])
  })

  it('the migration may run again, and changes nothing', async () => {
    await project.admin.query(migration)
    expect(await madeIn(project)).toEqual(made)
  })
})

describe('the migration', () => {
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop()
  })

  it('makes nothing in a database without Realtime, and may run again where it is added', async () => {
    const project = await startProject()
    expect(await madeIn(project)).toEqual([])
    await project.admin.query(realtimeSchema('postgres'))
    await project.admin.query(`set role postgres; ${migration}; reset role`)
    expect(await madeIn(project)).toEqual(made)
  })

  it('makes nothing, and warns, where it may not make policies for the messages', async () => {
    const project = await startProject()
    await project.admin.query(realtimeSchema('supabase_admin'))
    await project.admin.query(`set role postgres; ${migration}; reset role`)
    expect(project.notices.join()).toContain('Realtime sends no status of generations: must be owner')
    expect(await madeIn(project)).toEqual([])
  })
})
