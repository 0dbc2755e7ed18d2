import { createPool } from '@recto/shared/database'
import { webhookQueue } from '@recto/shared/queue'
import type { PgBoss } from 'pg-boss'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWebhookStore } from '../../worker/src/webhooks/store.ts'
import { startBoss } from '../support/process-pool.ts'
import { type System, startSystem } from '../support/system.ts'
import { addWebhook } from '../support/webhook.ts'

let system: System
let boss: PgBoss
let account: string
beforeAll(async () => {
  system = await startSystem()
  account = (await system.person()).id
  boss = await startBoss(system.admin, system)
})
afterAll(() => system?.stop())

const rows = async (text: string, values: unknown[] = []) => (await system.admin.query(text, values)).rows
const jobsOf = (endpoint: string) =>
  rows(`select id from pgboss.job where name = 'webhook' and group_id = $1`, [endpoint])
const add = (endpoint: string, count: number) =>
  rows(
    `insert into public.webhook_deliveries (endpoint_id, account_id, webhook_id, type, data)
     select $1, $2, 'n' || n, 'webhook.test', '{}' from generate_series(1, $3::integer) n returning id`,
    [endpoint, account, count],
  )
const queue = async () => (await rows('select recto.queue_deliveries(50, 500) as queued'))[0].queued
const webhook = () => addWebhook(system, account, account)

/** A job's columns but its id; times as the seconds since its creation. */
const columnsOf = async (id: string) => {
  const [row] = await rows('select to_jsonb(j) as job from pgboss.job j where id = $1', [id])
  const created = Date.parse(row.job.created_on)
  const relative = (value: unknown) =>
    typeof value === 'string' && /^\d{4}-/.test(value) ? Math.round((Date.parse(value) - created) / 1000) : value
  return Object.fromEntries(
    Object.entries(row.job)
      .filter(([name]) => name !== 'id')
      .map(([name, value]) => [name, relative(value)]),
  )
}

describe('the fetch of a worker', () => {
  it('leaves out a job that it cannot read, which recovery makes anew', async () => {
    const [broken, whole] = [await webhook(), await webhook()]
    const [[lost], [found]] = [await add(broken, 1), await add(whole, 1)]
    await queue()
    await rows(`update pgboss.job set data = '{}' where id = $1`, [lost?.id])
    const unreadable: unknown[] = []
    const onUnreadable = (error: unknown) => unreadable.push(error)
    const options = { url: system.supabase.workerDatabaseUrl, name: 'recto_worker', max: 1, connectMs: 5_000 }
    const pool = createPool(options, () => undefined)
    const store = createWebhookStore({ pool, boss, tellOperator: false, onUnreadable })
    expect(await store.fetch(20)).toEqual([{ id: found?.id, accountId: account }])
    expect(unreadable).toHaveLength(1)
    await rows(`update pgboss.job set started_on = now() - interval '1 day' where id = $1`, [lost?.id])
    expect(await store.recover(60_000)).toBe(1)
    await store.queue()
    expect(await store.fetch(20)).toEqual([{ id: lost?.id, accountId: account }])
    await pool.end()
    await rows('delete from pgboss.job')
  })
})

describe('queue_deliveries', () => {
  it('adds the job that boss.send of pg-boss adds', async () => {
    const endpoint = await webhook()
    const [delivery] = await add(endpoint, 1)
    expect(await queue()).toBe(true)
    const sent = await boss.send(webhookQueue, { account_id: account }, { group: { id: endpoint } })
    expect(await columnsOf(delivery?.id)).toEqual(await columnsOf(String(sent)))
    await rows('delete from pgboss.job')
  })

  it('gives a webhook fifty jobs, and more when half of them have left, whatever others have', async () => {
    const [busy, other] = [await webhook(), await webhook()]
    await add(busy, 130)
    await add(other, 3)
    await queue()
    expect([(await jobsOf(busy)).length, (await jobsOf(other)).length]).toEqual([50, 3])
    const end = async (count: number) => {
      for (const { id } of (await jobsOf(busy)).slice(0, count))
        await rows(`select recto.record_webhook_attempt($1, now(), 204, null, 5, null, null, null, true)`, [id])
      await queue()
      return (await jobsOf(busy)).length
    }
    expect([await end(24), await end(1)]).toEqual([26, 50])
    await rows('delete from pgboss.job')
  })

  it('answers false and writes nothing when nothing is due', async () => {
    await rows(`update public.webhook_deliveries set status = 'failed', due_at = null, finished_at = now()`)
    expect(await queue()).toBe(false)
    const endpoint = await webhook()
    await add(endpoint, 1)
    await rows(`update public.webhook_deliveries set due_at = now() + interval '1 minute' where endpoint_id = $1`, [
      endpoint,
    ])
    expect(await queue()).toBe(false)
    expect(await jobsOf(endpoint)).toEqual([])
  })

  it('fails what is due to a webhook that is disabled or gone', async () => {
    const [off, gone] = [await webhook(), await webhook()]
    await add(off, 2)
    await add(gone, 2)
    await rows('update public.webhook_endpoints set enabled = false where id = $1', [off])
    await rows('delete from public.webhook_endpoints where id = $1', [gone])
    expect(await queue()).toBe(false)
    const left = await rows(
      'select distinct status, due_at from public.webhook_deliveries where endpoint_id = any ($1)',
      [[off, gone]],
    )
    expect(left).toEqual([{ status: 'failed', due_at: null }])
  })
})

describe('recover_deliveries', () => {
  it('makes a delivery due again whose worker has had it for too long, or whose job is gone', async () => {
    const endpoint = await webhook()
    const [stale, lost, fresh] = await add(endpoint, 3)
    await queue()
    await rows(`update pgboss.job set state = 'active', started_on = now() - interval '20 seconds' where id = $1`, [
      stale?.id,
    ])
    await rows(`update pgboss.job set state = 'active', started_on = now() where id = $1`, [fresh?.id])
    await rows('delete from pgboss.job where id = $1', [lost?.id])
    await rows(`update public.webhook_deliveries set queued_at = now() - interval '11 minutes' where id = $1`, [
      lost?.id,
    ])
    expect((await rows('select recto.recover_deliveries(15) as recovered'))[0].recovered).toBe('2')
    const due = await rows('select id from public.webhook_deliveries where endpoint_id = $1 and due_at is not null', [
      endpoint,
    ])
    expect(due.map(({ id }) => id).toSorted()).toEqual([stale?.id, lost?.id].toSorted())
  })
})
