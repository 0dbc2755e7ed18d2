import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiPerson } from '../api/api-system.ts'
import { metric } from '../support/metrics.ts'
import type { System } from '../support/system.ts'
import { createTeam } from '../support/team.ts'
import { addWebhook } from '../support/webhook.ts'
import { livesIn, move, moved, rowsOf } from './moves.ts'
import { guardHome, inB, letPeopleComeTo, whereIs } from './newcomers.ts'
import { makeGeneration, startTwoCells, type TwoCells } from './two-cells.ts'

let cells: TwoCells
beforeAll(async () => {
  cells = await startTwoCells()
  await guardHome(cells)
  await letPeopleComeTo(cells, 'b')
})
afterAll(() => cells?.stop())

/** A person of b with cards, reviews, a webhook and a team with somebody else. */
const personWithTeam = async () => {
  const [bea, bob] = [await cells.person(), await cells.person()]
  for (const person of [bea, bob]) await makeGeneration(person, cells)
  expect([await whereIs(cells, bea), await whereIs(cells, bob)]).toEqual([inB, inB])
  const team = await createTeam(cells.b, bea.id, [[bob.id, 'member']], { shares: true })
  await makeGeneration(bea, cells, team)
  await addWebhook(cells.b, bea.id, bea.id)
  return { bea, bob, team }
}

/** Deletes a person as Auth does, and lets the minute pass in which their last requests end. */
const deletePerson = async ({ id }: ApiPerson): Promise<void> => {
  await cells.home.admin.query('delete from auth.users where id = $1', [id])
  await cells.home.admin.query(
    `update recto.account_cells set deleted_at = deleted_at - interval '1 minute' where account_id = $1`,
    [id],
  )
}

const isToldOf = async ({ id }: ApiPerson): Promise<boolean> => {
  const { rowCount } = await cells.home.admin.query('select from recto.account_cells where account_id = $1', [id])
  return rowCount === 0
}
const whenTold = (person: ApiPerson) => expect.poll(() => isToldOf(person), { timeout: 30_000 }).toBe(true)

/** Resolves when the metrics say that telling fails (1), or that it does not (0). */
const whenTelling = (failing: 0 | 1) =>
  expect.poll(() => metric(cells.metrics, 'recto_deletions_failing'), { timeout: 30_000 }).toBe(failing)

/** What a worker does every ten minutes. */
const applyRetention = async ({ admin }: System): Promise<void> => {
  const erase = async () => (await admin.query('select erased from recto.apply_retention(500)')).rows[0]?.erased
  while ((await erase()) > 0);
}

/** The tables that have anything of a person after an erasure: what limits count, and sums until the month is over. */
const afterErasure = ['accounts', 'ai_calls', 'recto.admissions', 'recto.audit_log', 'recto.erasures', 'recto.spending']

const expectErased = async (person: ApiPerson, system: System) => {
  const left = Object.keys(await rowsOf(system, [person.id]))
  expect(left.filter((name) => !afterErasure.includes(name))).toEqual([])
  expect((await system.admin.query('select from auth.users where id = $1', [person.id])).rowCount).toBe(0)
}

describe('a person of another cell who is deleted in Auth', () => {
  it('is erased in that cell too, once it is there again, and nobody else is', async () => {
    const { bea, bob, team } = await personWithTeam()
    const before = await rowsOf(cells.b, [bob.id])
    await cells.b.supabase.killPostgres()
    try {
      await deletePerson(bea)
      await whenTelling(1)
    } finally {
      await cells.b.supabase.restartPostgres()
    }
    expect(Object.keys(await rowsOf(cells.b, [bea.id]))).toContain('cards')
    await whenTold(bea)
    await whenTelling(0)
    await applyRetention(cells.b)
    await expectErased(bea, cells.b)
    const after = await rowsOf(cells.b, [bob.id])
    for (const table of ['ai_generations', 'ai_suggestions', 'cards', 'card_reviews'])
      expect(after[table], table).toEqual(before[table])
    const { rows } = await cells.b.admin.query('select role from public.account_members where account_id = $1', [team])
    expect(rows).toEqual([{ role: 'owner' }])
    expect(await livesIn(cells, bob.id)).toEqual(['b'])
  })

  it('is erased at home when it happens while they are moved there', async () => {
    const bea = await cells.person()
    await makeGeneration(bea, cells)
    expect(await move(cells, bea.id, 'home', { killAt: 'closed' })).toMatchObject({ wasKilled: true })
    await deletePerson(bea)
    await moved(cells, bea.id, 'home')
    expect(Object.keys(await rowsOf(cells.home, [bea.id]))).toContain('cards')
    await whenTold(bea)
    await applyRetention(cells.home)
    await expectErased(bea, cells.home)
    expect(await rowsOf(cells.b, [bea.id])).toEqual({})
  })

  it('is erased in that cell, and holds up nobody else, where a table of the app refers to them', async () => {
    const [bea, eve, bob] = [await cells.person(), await cells.person(), await cells.person()]
    for (const person of [bea, eve, bob]) await makeGeneration(person, cells)
    const { admin } = cells.b
    await admin.query(
      `create table public.notes_of_the_app (owner uuid references auth.users, reader uuid references auth.users deferrable initially deferred)`,
    )
    try {
      await admin.query('insert into public.notes_of_the_app values ($1, null), (null, $2)', [bea.id, eve.id])
      for (const person of [bea, eve, bob]) await deletePerson(person)
      for (const person of [bea, eve, bob]) await whenTold(person)
      await applyRetention(cells.b)
      await expectErased(bob, cells.b)
      const left = Object.keys(await rowsOf(cells.b, [bea.id, eve.id]))
      expect(left.filter((name) => !afterErasure.includes(name))).toEqual([])
      // Ids, to which the app's rows refer.
      const { rows } = await admin.query('select email from auth.users where id = any ($1)', [[bea.id, eve.id]])
      expect(rows).toEqual([{ email: null }, { email: null }])
    } finally {
      await admin.query('drop table public.notes_of_the_app')
    }
  })

  it('is erased there although APIs are killed at each step of telling it', async () => {
    const { bea } = await personWithTeam()
    await cells.api.stop()
    await deletePerson(bea)
    const hook = `--import=${join(import.meta.dirname, 'kill-at.ts')}`
    for (const killAt of ['select recto.erase_deleted(', 'select recto.forget_place(']) {
      const env = { ...cells.env, NODE_OPTIONS: hook, KILL_AT: killAt }
      const dying = await cells.home.startApi(env, { ready: false })
      expect(await dying.exited).toMatchObject({ signal: 'SIGKILL' })
      expect(await isToldOf(bea)).toBe(false)
    }
    const next = await cells.home.startApi(cells.env)
    await whenTold(bea)
    await next.stop()
    await applyRetention(cells.b)
    await expectErased(bea, cells.b)
  })
})
