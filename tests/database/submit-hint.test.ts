import { channels } from '@recto/shared/queue'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { processPool } from '../support/process-pool.ts'
import { submitOver } from '../support/submit-over.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let api: pg.Pool
let listener: pg.Client
let heard: string[] = []
beforeAll(async () => {
  system = await startSystem()
  api = processPool(system, 'api', 2)
  listener = new pg.Client({ connectionString: system.supabase.adminUrl })
  await listener.connect()
  listener.on('notification', ({ payload = '' }) => heard.push(payload))
  await listener.query(`listen ${channels.jobs}; listen the_end`)
})
afterAll(async () => {
  await listener?.end()
  await system?.stop()
})

/** The own notifications of the API, which a submission that is not alone sends. */
let own = 0
const submitting = () => submitOver(api, { notifyJobs: () => own++ })
beforeEach(async () => {
  await system.admin.query('delete from pgboss.job')
  heard = []
  own = 0
})

/** What was heard until now, in order: the notifications of one database are delivered in the order of their commits. */
const heardSoFar = async (): Promise<string[]> => {
  // A notification travels behind its submission over the same connection, so both connections are asked first.
  await Promise.all([api.query('select 1'), api.query('select 1')])
  await system.admin.query(`notify the_end, 'end'`)
  await expect.poll(() => heard.at(-1)).toBe('end')
  return heard.slice(0, -1)
}

describe('the notification of a submission', () => {
  it('travels with a submission that is alone', async () => {
    await submitting()(await system.person())
    expect([await heardSoFar(), own]).toEqual([[''], 0])
  })

  it('is sent by itself for a submission that meets another one', async () => {
    const people = [await system.person(), await system.person()]
    await Promise.all(people.map(submitting()))
    expect([await heardSoFar(), own]).toEqual([[''], 1])
  })

  it('is not sent for a submission that is refused', async () => {
    await system.plan('free', { per_window: 0 })
    const refused = submitting()(await system.person())
    await expect(refused).rejects.toMatchObject({ code: 'rate_limited' })
    await system.plan('free', { per_window: 1000 })
    expect([await heardSoFar(), own]).toEqual([[], 0])
  })

  it('is not sent for a generation that waits for a place', async () => {
    await system.plan('free', { concurrent: 1 })
    const person = await system.person()
    await submitting()(person)
    expect(await heardSoFar()).toEqual([''])
    await system.admin.query('delete from pgboss.job')
    heard = []
    const { admission } = await submitting()(person)
    await system.plan('free', { concurrent: null })
    expect(admission).toMatchObject({ waiting: true })
    expect([await heardSoFar(), own]).toEqual([[], 0])
  })
})
