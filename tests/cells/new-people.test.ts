import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiPerson, apiPerson, generationsPath, idOf } from '../api/api-system.ts'
import { connect, outcomeOf } from '../api/client.ts'
import type { Service } from '../support/system.ts'
import { guard, livesIn } from './moves.ts'
import { atHome, guardHome, inB, letPeopleComeTo, whereIs } from './newcomers.ts'
import { makeGeneration, startTwoCells, type TwoCells, whenAnswered } from './two-cells.ts'

let cells: TwoCells
let hanna: ApiPerson
beforeAll(async () => {
  cells = await startTwoCells()
  hanna = await cells.person()
  await makeGeneration(hanna, cells)
})
afterAll(() => cells?.stop())

const limits = async (person: ApiPerson) => outcomeOf(await person.call('GET', '/api/ai/limits'))

/** A person as they are at another API. */
const at = async (api: Service, person: ApiPerson): Promise<ApiPerson> => apiPerson(await connect(api.url), api, person)

describe('the setting', () => {
  it('is refused until nothing of people who live elsewhere can be written at home', async () => {
    const refused = () =>
      expect(letPeopleComeTo(cells, 'home', 'b')).rejects.toThrow('the tables of this cell are not guarded yet')
    await refused()
    const last = 'create or replace trigger absent_account before insert or update or delete on recto.audit_log'
    expect((await guard(cells, last)).wasKilled).toBe(true)
    await refused()
    await guardHome(cells)
    await letPeopleComeTo(cells, 'home', 'b')
    await letPeopleComeTo(cells, 'home')
  })

  it('names one cell at least', async () => {
    await expect(letPeopleComeTo(cells)).rejects.toMatchObject({ code: '23514' })
  })
})

describe('a new person', () => {
  it('comes to the cell that takes new people, and who has something at home stays there', async () => {
    const [early, nora] = [await cells.person(), await cells.person()]
    idOf(await early.submit())
    await letPeopleComeTo(cells, 'b')
    const generations = [await makeGeneration(nora, cells), await makeGeneration(early, cells)]
    expect([await limits(hanna), await whereIs(cells, nora)]).toEqual(['200', inB])
    const cellIn = async (person: ApiPerson) => (await person.call('GET', generationsPath)).headers.get('x-recto-cell')
    expect([await cellIn(nora), await cellIn(early)]).toEqual(['b', 'home'])
    for (const person of [hanna, early])
      expect(await whereIs(cells, person)).toEqual({ directory: [], isKnownInB: false })
    expect([await livesIn(cells, nora.id), await livesIn(cells, early.id)]).toEqual([['b'], ['home']])
    for (const [person, theirs] of [
      [early, generations[0]],
      [nora, generations[1]],
    ] as const) {
      for (const path of [`${generationsPath}/${theirs}`, `${generationsPath}/${theirs}/suggestions`])
        expect(outcomeOf(await person.call('GET', path))).toBe('404 not_found')
      expect((await person.call('GET', generationsPath)).text).not.toContain(theirs)
    }
  })

  it('who is deleted in Auth, or has no valid token, comes to no cell', async () => {
    const [gone, nobody] = [await cells.person(), await cells.person()]
    await cells.home.admin.query('delete from auth.users where id = $1', [gone.id])
    const payload = Buffer.from(JSON.stringify({ sub: nobody.id })).toString('base64url')
    const false_ = apiPerson(await connect(cells.api.url), cells.api, { id: nobody.id, token: `e30.${payload}.c2ln` })
    expect([await limits(gone), await limits(false_)]).toEqual(['200', '401 unauthorized'])
    for (const person of [gone, nobody])
      expect(await whereIs(cells, person)).toEqual({ directory: [], isKnownInB: false })
  })

  it('comes to one cell, whichever APIs get the first requests at the same time', async () => {
    await letPeopleComeTo(cells, 'home', 'b', 'b')
    const other = await cells.home.startApi(cells.env)
    const people = await Promise.all(Array.from({ length: 24 }, () => cells.person()))
    const there = await Promise.all(people.map((person) => at(other, person)))
    const ids = await Promise.all(
      people.map(async (person, n) => {
        const copy = there[n] ?? person
        const answers = await Promise.all([person, copy, person, copy].map((one) => one.submit()))
        return answers.map(idOf)
      }),
    )
    const places = await Promise.all(people.map((person) => whereIs(cells, person)))
    const byCell = Map.groupBy(places, ({ directory }) => directory[0]?.cell)
    expect(new Set(byCell.keys())).toEqual(new Set(['home', 'b']))
    for (const place of places) expect([inB, atHome]).toContainEqual(place)
    for (const [n, person] of people.entries()) {
      expect(await livesIn(cells, person.id)).toEqual(places[n]?.directory.map(({ cell }) => cell))
      const { text } = await person.call('GET', generationsPath)
      for (const id of ids[n] ?? []) expect(text).toContain(id)
    }
    await other.stop()
  })

  it('whose first row is being written at home stays at home', async () => {
    await letPeopleComeTo(cells, 'b')
    const [person, other] = [await cells.person(), await cells.person()]
    const writer = await cells.home.admin.connect()
    await writer.query('begin')
    await writer.query(`insert into public.cards (user_id, front, back) values ($1, 'First', 'of all')`, [person.id])
    const first = limits(person)
    const waits = async () =>
      (await cells.home.admin.query(`select from pg_locks where locktype = 'advisory' and not granted`)).rowCount
    try {
      await expect.poll(waits).toBe(1)
      expect([await limits(other), await whereIs(cells, other)]).toEqual(['200', inB])
      await writer.query('commit')
    } finally {
      writer.release(true)
    }
    expect([await first, await whereIs(cells, person)]).toEqual(['200', { directory: [], isKnownInB: false }])
    expect((await person.call('GET', '/api/cards')).text).toContain('of all')
  })
})

describe('a new person who is moved at the moment of the first request', () => {
  it('waits for the mark of the move, and is not sent elsewhere', async () => {
    await letPeopleComeTo(cells, 'home')
    const person = await cells.person()
    await letPeopleComeTo(cells, 'b')
    const mover = await cells.home.admin.connect()
    await mover.query('begin')
    await mover.query(
      `insert into recto.account_cells (account_id, cell, moving_to, moving_since, move_id, closed)
       values ($1, 'home', 'b', now(), $1, false)`,
      [person.id],
    )
    const first = limits(person)
    const waits = async () =>
      (await cells.home.admin.query(`select from pg_locks where locktype = 'transactionid' and not granted`)).rowCount
    try {
      await expect.poll(waits).toBe(1)
      await mover.query('commit')
    } finally {
      mover.release(true)
    }
    expect([await first, await whereIs(cells, person)]).toEqual([
      '503 account_moving',
      { directory: [{ cell: 'home', introduced: true }], isKnownInB: false },
    ])
  })
})

describe('a new person whose API is killed', () => {
  it.each([
    'select cell, moving, introduced, is_anonymous, changed_at from recto.place_new_person',
    'select recto.introduce(',
    'select recto.set_introduced(',
  ])('at "%s" is in one cell at most, and comes to one with the next request', async (killAt) => {
    await letPeopleComeTo(cells, 'b')
    const person = await cells.person()
    const hook = `--import=${join(import.meta.dirname, 'kill-at.ts')}`
    const dying = await cells.home.startApi({ ...cells.env, NODE_OPTIONS: hook, KILL_AT: killAt })
    await expect((await at(dying, person)).submit()).rejects.toThrow()
    const left = await whereIs(cells, person)
    expect(left.directory.map(({ cell }) => cell)).toEqual(killAt.includes('place_new') ? [] : ['b'])
    expect(left.isKnownInB).toBe(killAt.includes('set_introduced'))
    await letPeopleComeTo(cells, 'home', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b')
    await makeGeneration(person, cells)
    const { directory } = await whereIs(cells, person)
    expect(directory).toEqual([{ cell: killAt.includes('place_new') ? expect.any(String) : 'b', introduced: true }])
    expect(await livesIn(cells, person.id)).toEqual(directory.map(({ cell }) => cell))
  })
})

describe('a cell that is down', () => {
  it('gets no new people: they come to another one, or are told to come again', async () => {
    const [lea, max, eve] = [await cells.person(), await cells.person(), await cells.person()]
    await cells.home.admin.query(
      `insert into recto.account_cells (account_id, cell, move_id, closed, introduced) values ($1, 'b', $1, true, false)`,
      [eve.id],
    )
    await cells.b.supabase.killPostgres()
    try {
      await letPeopleComeTo(cells, ...Array<string>(50).fill('b'), 'home')
      expect(await limits(lea)).toBe('200')
      await letPeopleComeTo(cells, 'b')
      const refused = await max.call('GET', '/api/ai/limits')
      expect([outcomeOf(refused), refused.headers.get('retry-after')]).toEqual(['503 database_unavailable', '2'])
      expect([await limits(eve), await limits(hanna)]).toEqual(['503 database_unavailable', '200'])
    } finally {
      await cells.b.supabase.restartPostgres()
    }
    await Promise.all([max, eve].map(whenAnswered))
    await Promise.all([lea, max, eve].map((person) => makeGeneration(person, cells)))
    expect(await Promise.all([lea, max, eve].map((person) => whereIs(cells, person)))).toEqual([atHome, inB, inB])
  })

  it('is not named in vain: when no API knows it, new people are told to come again', async () => {
    await letPeopleComeTo(cells, 'c')
    expect(await limits(await cells.person())).toBe('503 database_unavailable')
  })
})
