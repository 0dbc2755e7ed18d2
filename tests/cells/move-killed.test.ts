import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outcomeOf } from '../api/client.ts'
import { metric } from '../support/metrics.ts'
import { livesIn, move, moved, rowsOf } from './moves.ts'
import { startTeam } from './teams.ts'
import { startTwoCells, type TwoCells } from './two-cells.ts'

let cells: TwoCells
beforeAll(async () => {
  cells = await startTwoCells()
})
afterAll(() => cells?.stop())

/** Statements in the middle of the two transactions, and the lines between the steps. */
const moments = [
  'marked',
  'closed',
  'insert into public.cards',
  'copied',
  'switched',
  'delete from recto.usage_stale_days',
  'settled',
]

describe('a move that is killed', () => {
  it.each(moments)(
    'at "%s" leaves the account in one cell at most, and is done when it is run again',
    async (killAt) => {
      const { ann, team, ids } = await startTeam(cells)
      const before = await rowsOf(cells.home, ids)
      expect((await move(cells, team, 'b', { killAt })).wasKilled).toBe(true)
      const lives = await livesIn(cells, team)
      expect(lives.length).toBeLessThan(2)
      const limits = async () => outcomeOf(await ann.call('GET', '/api/ai/limits'))
      await expect
        .poll(limits)
        .toBe(
          ['switched', 'delete from recto.usage_stale_days', 'settled'].includes(killAt) ? '200' : '503 account_moving',
        )

      await moved(cells, team, 'b')
      expect(await rowsOf(cells.b, ids)).toEqual(before)
      expect(await rowsOf(cells.home, ids)).toEqual({})
      expect(await livesIn(cells, team)).toEqual(['b'])
      await expect.poll(limits).toBe('200')
    },
  )

  it('loses a cell, says so and ends, and is done when it is run again', async () => {
    const { ann, ids } = await startTeam(cells)
    const before = await rowsOf(cells.home, ids)
    const { admin } = cells.home
    // It waits for this.
    await admin.query(`insert into recto.erasures (person, asked_at) values ($1, '-infinity')`, [ann.id])
    const moving = move(cells, ann.id, 'b')
    const isMarked = async () =>
      (await admin.query('select from recto.account_cells where account_id = $1', [ann.id])).rowCount
    await expect.poll(isMarked, { timeout: 20_000 }).toBe(1)
    await cells.b.supabase.killPostgres()
    try {
      const { code, error } = await moving
      expect([code, error]).toEqual([1, expect.stringMatching(/^the connection to the cell b was lost: .+\n$/)])
    } finally {
      await cells.b.supabase.restartPostgres()
      await admin.query('delete from recto.erasures where person = $1', [ann.id])
    }
    await moved(cells, ann.id, 'b')
    expect(await rowsOf(cells.b, ids)).toEqual(before)
  })

  it('is in the metrics with its age, from its mark until it is over', async () => {
    const accounts = () => metric(cells.metrics, 'recto_accounts_moving')
    const age = async () => (await metric(cells.metrics, 'recto_move_age_seconds')) ?? -1
    expect([await accounts(), await age()]).toEqual([0, 0])
    const { ann, ids } = await startTeam(cells)
    await move(cells, ann.id, 'b', { killAt: 'copied' })
    const { rows } = await cells.home.admin.query<{ age: number }>(
      `update recto.account_cells set moving_since = moving_since - interval '1 hour' where moving_to is not null
       returning extract(epoch from clock_timestamp() - moving_since)::float8 as age`,
    )
    expect([await accounts(), rows.length]).toEqual([ids.length, ids.length])
    expect(await age()).toBeGreaterThanOrEqual(rows[0]?.age ?? Number.NaN)
    await move(cells, ann.id, 'b', { killAt: 'copied' })
    expect(await age()).toBeGreaterThan(3_600)
    // What an API answers its people meanwhile is counted apart from what fails.
    const refused = async () => (await metric(cells.metrics, 'recto_refusals_total{limit="move"}')) ?? -1
    const before = await refused()
    await expect.poll(async () => outcomeOf(await ann.call('GET', '/api/ai/limits'))).toBe('503 account_moving')
    expect(await refused()).toBeGreaterThan(before)
    await moved(cells, ann.id, 'b')
    expect([await accounts(), await age()]).toEqual([0, 0])
  })

  it('leaves the rows of others to the workers', async () => {
    const { ann, ids } = await startTeam(cells)
    const other = await startTeam(cells)
    await move(cells, ann.id, 'b', { killAt: 'closed' })
    const worker = new pg.Client({ connectionString: cells.home.supabase.workerDatabaseUrl })
    await worker.connect()
    await worker.query(`set recto.across_accounts = 'recovery'`)
    const { rows } = await worker.query(
      'update public.ai_generations set attempts = attempts where account_id = any ($1) returning account_id',
      [[...ids, other.team]],
    )
    await worker.end()
    expect(rows).toEqual([{ account_id: other.team }, { account_id: other.team }])
    await moved(cells, ann.id, 'b')
  })

  it('before the switch can be undone, and the account is as it was', async () => {
    for (const killAt of ['marked', 'closed', 'copied']) {
      const { ann, team, ids } = await startTeam(cells)
      const before = await rowsOf(cells.home, ids)
      await move(cells, team, 'b', { killAt })
      await moved(cells, team, 'home')
      expect([await rowsOf(cells.home, ids), await rowsOf(cells.b, ids)], killAt).toEqual([before, {}])
      expect(await livesIn(cells, team)).toEqual(['home'])
      await expect.poll(async () => outcomeOf(await ann.submit())).toBe('202')
    }
  })
})
