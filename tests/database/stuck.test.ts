import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

const stuck = async (what: string, db: Pick<pg.ClientBase, 'query'> = system.admin): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>('select id from operator.stuck where what = $1 order by id', [what])
  return rows.map(({ id }) => id)
}

type Route = { state: string; openUntil: string | null; seenAt?: string }
const route = async (model: string, { state, openUntil, seenAt = '0 s' }: Route) => {
  await system.admin.query(
    `insert into public.ai_routes_health (provider, model, region, state, reason, open_until, changed_at, seen_at)
     values ('lab', $1, 'any', $2, 'timeout', now() + $3::interval, now() - interval '20 minutes', now() + $4::interval)`,
    [model, state, openUntil, seenAt],
  )
}

type Row = { age: string; status?: string; waiting?: boolean; metadata?: object; finished?: string | null }
/** Adds a generation without triggers, so that it is as old as the test says and no limit applies. */
const generation = async (account: string, row: Row): Promise<string> => {
  const { age, status = 'pending', waiting = false, metadata = {}, finished = null } = row
  const client = await system.admin.connect()
  try {
    await client.query(`begin; set local session_replication_role = 'replica'`)
    const { rows } = await client.query<{ id: string }>(
      `insert into public.ai_generations (user_id, account_id, source_text, status, waiting, ai_metadata, created_at, updated_at, finished_at)
       values ($1, $1, $2, $3, $4, $5, now() - $6::interval, now() - $6::interval, now() - $7::interval) returning id`,
      [account, newText(), status, waiting, metadata, age, finished],
    )
    await client.query('commit')
    return rows[0]?.id ?? ''
  } finally {
    client.release()
  }
}

const waitingUntil = (minutes: number) => ({
  waiting: { reason: 'budget', until: new Date(Date.now() + minutes * 60_000).toISOString() },
})

describe('operator.stuck', () => {
  it('lists a route while it rests, and no open route that may be tried again', async () => {
    await route('rests', { state: 'open', openUntil: '5 minutes' })
    await route('idle', { state: 'open', openUntil: '-16 minutes' })
    await route('unseen', { state: 'open', openUntil: '5 minutes', seenAt: '-3 minutes' })
    await route('works', { state: 'closed', openUntil: null })
    expect(await stuck('route resting')).toEqual(['lab rests'])
  })

  it('lists a route whose probe should have ended minutes ago, and none whose probe runs', async () => {
    await route('probe lost', { state: 'half_open', openUntil: '-16 minutes' })
    await route('probe runs', { state: 'half_open', openUntil: '10 s' })
    expect(await stuck('probe lost')).toEqual(['lab probe lost'])
  })

  it('lists an old pending generation only when nothing is planned for it or the plan is overdue', async () => {
    const { id } = await system.person()
    const forgotten = await generation(id, { age: '20 minutes' })
    const overdue = await generation(id, { age: '3 hours', metadata: waitingUntil(-11) })
    await generation(id, { age: '3 days', metadata: waitingUntil(60 * 24 * 20) })
    await generation(id, { age: '30 minutes', metadata: waitingUntil(-5) })
    await generation(id, { age: '5 minutes' })
    expect(await stuck('pending for over 10 minutes')).toEqual([forgotten, overdue].toSorted())
  })

  it('lists a waiting account only when it has a free place that nobody gives it', async () => {
    await system.admin.query(`update public.plans set concurrent = 1 where name = 'free'`)
    const [busy, forgotten, moving, young] = await Promise.all([1, 2, 3, 4].map(async () => (await system.person()).id))
    if (!busy || !forgotten || !moving || !young) throw new Error('no people')
    await generation(busy, { age: '30 minutes', status: 'running' })
    await generation(busy, { age: '29 minutes', waiting: true })
    await generation(forgotten, { age: '30 minutes', status: 'cancelled', finished: '12 minutes' })
    await generation(forgotten, { age: '29 minutes', waiting: true })
    await generation(moving, { age: '30 minutes', status: 'cancelled', finished: '2 s' })
    await generation(moving, { age: '29 minutes', waiting: true })
    await generation(young, { age: '2 s', waiting: true })
    expect(await stuck('waiting for a place')).toEqual([forgotten])
  })

  it('answers before pg-boss has made its tables', async () => {
    const client = await system.admin.connect()
    try {
      await client.query('begin; alter schema pgboss rename to not_yet')
      const id = (await system.person()).id
      const old = await generation(id, { age: '20 minutes' })
      expect(await stuck('without a job', client)).toContain(old)
    } finally {
      await client.query('rollback')
      client.release()
    }
  })
})
