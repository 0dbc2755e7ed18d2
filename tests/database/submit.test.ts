import type { Statement } from '@recto/shared/database'
import { deadQueue, generationQueue, priorityOf, queueOptions } from '@recto/shared/queue'
import { enter, inTransaction, queryAlone } from '@recto/shared/transaction'
import type pg from 'pg'
import type { PgBoss } from 'pg-boss'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setCaller } from '../../api/src/db/read-as.ts'
import { insertGenerations } from '../../api/src/generations/insert.ts'
import { generation } from '../support/generations.ts'
import type { TestPerson } from '../support/person.ts'
import { processPool, startBoss } from '../support/process-pool.ts'
import { callerOf, type More, sentBy, traceparent } from '../support/sent.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let api: pg.Pool
let boss: PgBoss
beforeAll(async () => {
  system = await startSystem()
  api = processPool(system, 'api', 1)
  // The owner of the queue, because the tests change its options.
  boss = await startBoss(system.admin, system)
})
afterAll(() => system?.stop())

const send = (statement: Statement) => queryAlone(api, statement)

const submit = async (person: TestPerson, more: More = {}) => {
  const [row] = await insertGenerations(send, callerOf(person), more.account ?? person.id, [sentBy(person, more)])
  return row
}

/** A job with all columns but those that differ in every job: ids, and times other than how long they are apart. */
const jobOf = async (id: string): Promise<Record<string, unknown>> => {
  const { rows } = await system.admin.query(
    `select to_jsonb(j) - array['id', 'data', 'start_after', 'created_on', 'keep_until'] as columns,
       j.data = jsonb_build_object('generation_id', j.id) as names_itself, j.start_after - j.created_on as delay,
       j.keep_until - j.start_after as kept, now() - j.created_on < interval '1 minute' as new
     from pgboss.job j where id = $1`,
    [id],
  )
  expect(rows).toHaveLength(1)
  return rows[0]
}

/** The job of a new submission, and what boss.send makes of the same. */
const bothJobs = async (person: TestPerson): Promise<Record<string, unknown>[]> => {
  const { id, admission } = await submit(person)
  const own = await jobOf(id)
  await system.admin.query('delete from pgboss.job where id = $1', [id])
  const priority = priorityOf(admission.in_flight, admission.priority)
  await boss.send(generationQueue, { generation_id: id }, { id, priority })
  return [own, await jobOf(id)]
}

describe('the job of a submission', () => {
  const { deadLetter: _, ...standard } = queueOptions

  it.each([
    ['the options of the queue', {}],
    ['another retryLimit', { retryLimit: 7 }],
    ['another retryDelay', { retryDelay: 9 }],
    ['retryBackoff', { retryBackoff: true, retryDelay: 2, retryDelayMax: 99 }],
    ['other heartbeatSeconds', { heartbeatSeconds: 77 }],
    ['other expireInSeconds', { expireInSeconds: 900 }],
    ['other retentionSeconds', { retentionSeconds: 123_456 }],
    ['other deleteAfterSeconds', { deleteAfterSeconds: 50 }],
  ])('has in every column what boss.send writes, with %s', async (_, options) => {
    await boss.updateQueue(generationQueue, { ...standard, ...options })
    const [own, sent] = await bothJobs(await system.person())
    expect(own).toEqual(sent)
    expect(own).toMatchObject({ names_itself: true, new: true, columns: { dead_letter: deadQueue, state: 'created' } })
    await boss.updateQueue(generationQueue, standard)
  })

  it.each([
    ['the lowest', 0],
    ['a middle one', 7],
    ['the highest', 100],
  ])(
    'has the priority of its band and its place in the line of its person, with a band that is %s',
    async (_, band) => {
      const person = await system.person()
      await system.plan('free', { priority: band })
      const jobs = [await bothJobs(person), await bothJobs(person)]
      await system.plan('free', { priority: 0 })
      for (const [own, sent] of jobs) expect(own).toEqual(sent)
      expect(jobs.map(([own]) => own?.columns)).toMatchObject([
        { priority: priorityOf(0, band) },
        { priority: priorityOf(1, band) },
      ])
    },
  )

  it('does not exist while the generation waits for a place', async () => {
    await system.plan('free', { concurrent: 1 })
    const person = await system.person()
    await submit(person)
    const { id, admission } = await submit(person)
    await system.plan('free', { concurrent: null })
    expect(admission.waiting).toBe(true)
    expect((await system.admin.query('select from pgboss.job where id = $1', [id])).rowCount).toBe(0)
  })

  it('and the generation are not stored when there is no queue', async () => {
    const person = await system.person()
    await system.admin.query('alter table pgboss.queue rename to hidden')
    await expect(submit(person)).rejects.toThrow('queue')
    await system.admin.query('alter table pgboss.hidden rename to queue')
    const text =
      'select from public.ai_generations where user_id = $1 union all select from recto.admissions where account_id = $1'
    expect((await system.admin.query(text, [person.id])).rowCount).toBe(0)
  })
})

describe('a submission', () => {
  it('writes what the request says, as its person and in its account, and leaves nothing to the next statement', async () => {
    const person = await system.person()
    const { id } = await submit(person, { key: 'a key of mine', requestDigest: 'ab'.repeat(32) })
    expect(await generation(system, id)).toMatchObject({
      user_id: person.id,
      account_id: person.id,
      request_id: 'request-1',
      trace_id: 'b'.repeat(32),
      traceparent,
      request_digest: Buffer.from('ab'.repeat(32), 'hex'),
      idempotency_key: 'a key of mine',
      options: { max_cards: 3 },
      data_residency: 'eu',
      optimize: 'quality',
      max_total_tokens: 9000,
    })
    const left = await api.query(
      `select current_user::text as "user", current_setting('request.jwt.claims', true) as claims,
         current_setting('recto.account', true) as account, current_setting('recto.admission', true) as admission`,
    )
    expect(left.rows).toEqual([{ user: 'recto_api', claims: '', account: '', admission: '' }])
  })

  it('is refused as not_a_member in the account of another person, and stores nothing there', async () => {
    const [ana, ben] = [await system.person(), await system.person()]
    await expect(submit(ana, { account: ben.id })).rejects.toMatchObject({ code: 'not_a_member' })
    const text = 'select from recto.admissions where account_id = any ($1::uuid[])'
    expect((await system.admin.query(text, [[ana.id, ben.id]])).rowCount).toBe(0)
  })

  it('keeps its connection when it is refused', async () => {
    const pid = async () => (await api.query('select pg_backend_pid() as pid')).rows[0].pid
    const before = await pid()
    const [ana, ben] = [await system.person(), await system.person()]
    await submit(ana, { account: ben.id }).catch(() => undefined)
    expect(await pid()).toBe(before)
  })

  it('of a person who does not exist any more is unauthorized', async () => {
    const person = await system.person()
    await system.admin.query('delete from auth.users where id = $1', [person.id])
    await expect(submit(person)).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('that the queue refuses is an error of its own, and not one of the request', async () => {
    await system.admin.query('revoke insert on pgboss.job_common from recto_api')
    const submitting = submit(await system.person())
    await expect(submitting).rejects.toMatchObject({ code: '42501' })
    await system.admin.query('grant insert on pgboss.job_common to recto_api')
  })

  it.each([
    ['recto.submit', 'null::jsonb'],
    ['recto.insert_generations', 'null::recto.submission[]'],
  ])('cannot be made by a person who calls %s in SQL', async (name, sent) => {
    const [ana, ben] = [await system.person(), await system.person()]
    const call = { text: `select ${name}('{}', null::uuid, ${sent})` }
    const calling = inTransaction(api, setCaller(callerOf(ana), { account: ben.id }), (tx) => tx.query(call))
    await expect(calling).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('permission denied'),
    })
    const asAnon = inTransaction(system.admin, enter({ account: ben.id }), async (tx) => {
      await tx.query('set local role anon')
      await tx.query(call)
    })
    await expect(asAnon).rejects.toMatchObject({ code: '42501' })
  })
})
