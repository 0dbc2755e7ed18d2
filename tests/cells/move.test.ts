import { leftOut, movedTables } from '@recto/move/tables'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ApiPerson } from '../api/api-system.ts'
import { outcomeOf } from '../api/client.ts'
import type { Service, System } from '../support/system.ts'
import { call } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { livesIn, move, moved, rowsOf } from './moves.ts'
import { startTeam } from './teams.ts'
import { makeGeneration, startTwoCells, type TwoCells } from './two-cells.ts'

let cells: TwoCells
beforeAll(async () => {
  cells = await startTwoCells()
})
afterAll(() => cells?.stop())

/** All of a team's usage but the forecast of its cost, which is lower with each second. */
const Usage = z.looseObject({ forecast: z.object({ spent_usd: z.string() }) })

/** What a person sees of their own and of the team's. */
const seenBy = async ({ call }: ApiPerson, team: string) => {
  const read = async (path: string) => (await call('GET', path, { headers: { 'x-recto-account': team } })).json
  return {
    generations: await read('/api/ai/generations'),
    suggestions: await read('/api/ai/suggestions'),
    cards: await read('/api/cards'),
    usage: Usage.parse(await read(`/api/ai/usage?account_id=${team}`)),
  }
}

describe('a move', () => {
  it('takes a team and its people along, with all that they have, and nothing stays', async () => {
    const { ann, bob, team, ids } = await startTeam(cells)
    const alone = await move(cells, team, 'b', { withOthers: false })
    expect([alone.code, alone.error]).toEqual([1, expect.stringContaining('2 accounts share people with it')])

    const [before, seen] = [await rowsOf(cells.home, ids), await seenBy(bob, team)]
    expect(Object.keys(before).length).toBeGreaterThan(12)
    await moved(cells, team, 'b')
    expect(await rowsOf(cells.b, ids)).toEqual(before)
    expect(await rowsOf(cells.home, ids)).toEqual({})
    await expect.poll(() => seenBy(bob, team)).toEqual(seen)
    for (const person of [ann, bob]) {
      await makeGeneration(person, cells)
      await makeGeneration(person, cells, team)
    }
    expect([await rowsOf(cells.home, ids), await livesIn(cells, team)]).toEqual([{}, ['b']])
  })

  it('goes back as it came', async () => {
    const { ann, team, ids } = await startTeam(cells)
    await moved(cells, team, 'b')
    const before = await rowsOf(cells.b, ids)
    await moved(cells, team, 'home')
    expect(await rowsOf(cells.home, ids)).toEqual(before)
    expect(await rowsOf(cells.b, ids)).toEqual({})
    await expect.poll(async () => outcomeOf(await ann.submit())).toBe('202')
    expect(await livesIn(cells, team)).toEqual(['home'])
  })

  it('of nobody, or to nowhere, is refused', async () => {
    const { team } = await startTeam(cells)
    const [nobody, nowhere] = [await move(cells, crypto.randomUUID(), 'b'), await move(cells, team, 'c')]
    expect([nobody.code, nobody.error]).toEqual([1, expect.stringContaining('there is no such account in home')])
    expect([nowhere.code, nowhere.error]).toEqual([1, expect.stringContaining('there is no cell c')])
  })

  it('may be asked for once more when it is done', async () => {
    const { team, ids } = await startTeam(cells)
    await moved(cells, team, 'b')
    const before = await rowsOf(cells.b, ids)
    await moved(cells, team, 'b')
    expect([await rowsOf(cells.b, ids), await rowsOf(cells.home, ids)]).toEqual([before, {}])
  })
})

describe('a move while something is under way', () => {
  it('waits for it, and after its time lets the account live where it was', async () => {
    const { ann, team } = await startTeam(cells)
    const marker = crypto.randomUUID()
    cells.home.model.setScript([{ match: { text: marker }, hang: 'headers' }])
    const answer = await ann.submit({ source_text: newText({ marker }) })
    const { generation_id: id } = Object(answer.json)
    const tried = await move(cells, team, 'b', { seconds: 4 })
    expect([tried.code, tried.error]).toEqual([1, expect.stringContaining('not over in time: 1 generations')])
    expect(await livesIn(cells, team)).toEqual(['home'])
    await expect.poll(async () => outcomeOf(await ann.call('POST', `/api/ai/generations/${id}/cancel`))).toBe('202')
    await moved(cells, team, 'b')
    await expect
      .poll(async () => (await ann.call('GET', `/api/ai/generations/${id}`)).json)
      .toMatchObject({
        status: 'cancelled',
      })
  })
})

const submitAt = ({ url }: Service, { token }: ApiPerson) =>
  fetch(`${url}/api/ai/generations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ source_text: newText() }),
  })

describe('a transaction that writes while an account is closed', () => {
  it('is waited for, and what it wrote moves along', async () => {
    // The first move of a cell waits for writers before it begins.
    await moved(cells, (await cells.person()).id, 'b')
    const { ann } = await startTeam(cells)
    const writer = await cells.home.admin.connect()
    await writer.query('begin')
    await writer.query(`insert into public.cards (user_id, front, back) values ($1, 'Late', 'but not lost')`, [ann.id])
    const moving = move(cells, ann.id, 'b')
    const isClosed = async () => {
      const { rows } = await cells.home.admin.query('select closed from recto.account_cells where account_id = $1', [
        ann.id,
      ])
      return rows[0]?.closed
    }
    await expect.poll(isClosed).toBe(true)
    await writer.query('commit')
    writer.release()
    expect((await moving).code).toBe(0)
    const { rows } = await cells.b.admin.query(`select back from public.cards where user_id = $1 and front = 'Late'`, [
      ann.id,
    ])
    expect(rows).toEqual([{ back: 'but not lost' }])
  })
})

describe('people who live in another cell', () => {
  it('write nothing in the cell that they left, and are invited by nobody there', async () => {
    const { ann, team } = await startTeam(cells)
    const other = await startTeam(cells)
    await moved(cells, team, 'b')
    const direct = (cell: System, token: string) =>
      fetch(`${cell.supabase.supabaseUrl}/rest/v1/ai_generations`, {
        method: 'POST',
        headers: {
          apikey: cell.supabase.publishableKey,
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ source_text: newText() }),
      })
    expect(await (await direct(cells.home, ann.token)).json()).toMatchObject({ code: 'RCT01' })
    expect((await direct(cells.home, other.ann.token)).status).toBe(201)
    expect((await direct(cells.b, ann.token)).status).toBe(201)
    // An API that knows nothing of cells is one that has not seen the move yet.
    const late = await cells.home.startApi()
    const answer = await submitAt(late, ann)
    expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining({ code: 'account_moving' })])
    await expect(
      call(cells.home, other.ann.id, 'public.invite_member($1, $2, $3)', [other.team, ann.id, 'member']),
    ).rejects.toMatchObject({ code: 'RCT01' })
  })
})

describe('a person who has nothing yet', () => {
  it('goes to the cell of a team, and becomes a member there', async () => {
    const { ann, team } = await startTeam(cells)
    await moved(cells, team, 'b')
    const nina = await cells.person()
    await call(cells.b, ann.id, 'public.invite_member($1, $2, $3)', [team, nina.id, 'member'])
    const accept = () => call(cells.b, nina.id, 'public.accept_invitation($1)', [team])
    await expect(accept()).rejects.toThrow('there is no such person')
    await moved(cells, nina.id, 'b')
    await accept()
    await makeGeneration(nina, cells, team)
  })
})

describe('the tables of the database', () => {
  it('that name an account or a person are copied, or said to be left out', async () => {
    const { rows } = await cells.home.admin.query<{ name: string }>(
      `select distinct format('%s.%s', relnamespace::regnamespace, relname) as name
       from pg_attribute join pg_class c on c.oid = attrelid
       where relnamespace in ('public'::regnamespace, 'recto'::regnamespace) and relkind in ('r', 'p') and attnum > 0
         and (attname in ('account_id', 'user_id', 'person') or relname = 'accounts') order by 1`,
    )
    const known = [...movedTables.map(({ name }) => name), ...Object.keys(leftOut)]
    expect(rows.map(({ name }) => name)).toEqual(known.toSorted())
  })
})
