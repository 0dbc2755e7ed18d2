import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { givePlan } from '../support/plan.ts'
import { type ApiSystem, startApiSystem } from './api-system.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.stop())

describe('a submission to an overloaded deployment', () => {
  it('answers 503 with Retry-After while the oldest job of the queue has waited too long', async () => {
    const { admin } = apiSystem.system
    await admin.query(`update recto.queue_health set waiting_since = now() - interval '1 hour', measured_at = now()`)
    try {
      const answer = await (await apiSystem.person()).submit()
      expect([answer.status, answer.json]).toMatchObject([
        503,
        { code: 'overloaded', limit: { name: 'queue', limit: 900 } },
      ])
      expect(answer.headers.get('retry-after')).toBe('60')
    } finally {
      await admin.query('update recto.queue_health set waiting_since = null')
    }
  })

  it('answers 503 to a plan only while a job of its band or a higher one waits', async () => {
    const { admin } = apiSystem.system
    const [free, pro] = [await apiSystem.person(), await apiSystem.person()]
    await givePlan(apiSystem.system, pro.id, { priority: 20 })
    const statuses = async () => [(await free.submit()).status, (await pro.submit()).status]
    await admin.query(`update recto.queue_health set waiting_since = now() - interval '1 hour', measured_at = now()`)
    try {
      expect(await statuses()).toEqual([503, 202])
      await admin.query(`insert into recto.queue_health (band, waiting_since) values (30, now() - interval '1 hour')`)
      await admin.query('update recto.queue_health set waiting_since = null where band = 0')
      expect(await statuses()).toEqual([503, 503])
    } finally {
      await admin.query('delete from recto.queue_health where band > 0')
      await admin.query('delete from pgboss.job_common where priority > 0')
      await admin.query('update recto.queue_health set waiting_since = null')
    }
  })

  it('answers 503 without any worker only when a job has waited too long', async () => {
    const { admin } = apiSystem.system
    const person = await apiSystem.person()
    const ofPerson = 'where id in (select id from public.ai_generations where user_id = $1)'
    expect((await person.submit()).status).toBe(202)
    await admin.query(`update recto.queue_health set measured_at = now() - interval '1 hour'`)
    try {
      expect((await person.submit()).status).toBe(202)
      await admin.query(
        `update pgboss.job_common set created_on = now() - interval '20 min', start_after = now() - interval '20 min' ${ofPerson}`,
        [person.id],
      )
      const answer = await (await apiSystem.person()).submit()
      expect([answer.status, answer.json]).toMatchObject([503, { code: 'overloaded', limit: { limit: 900 } }])
    } finally {
      await admin.query('update recto.queue_health set measured_at = now()')
      await admin.query(`delete from pgboss.job_common ${ofPerson}`, [person.id])
    }
  })
})
