import { movedTables } from '@recto/move/tables'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiPerson, apiPerson, idOf } from '../api/api-system.ts'
import { connect, outcomeOf } from '../api/client.ts'
import type { System } from '../support/system.ts'
import { call, createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { livesIn, moved, rowsOf } from './moves.ts'
import { atHome, guardHome, inB, letPeopleComeTo, whereIs } from './newcomers.ts'
import { makeGeneration, startTwoCells, type TwoCells } from './two-cells.ts'

let cells: TwoCells
beforeAll(async () => {
  cells = await startTwoCells()
  await guardHome(cells)
  await letPeopleComeTo(cells, 'b')
})
afterAll(() => cells?.stop())

const planOf = async ({ call }: Pick<ApiPerson, 'call'>): Promise<string> =>
  z.object({ plan: z.string() }).parse((await call('GET', '/api/ai/limits')).json).plan

/** A person who came to b. */
const newPerson = async (): Promise<ApiPerson> => {
  const person = await cells.person()
  await makeGeneration(person, cells)
  expect(await whereIs(cells, person)).toEqual(inB)
  return person
}

/** The same person with a token that says something else. */
const withClaims = async ({ id }: ApiPerson, overrides: Record<string, unknown>): Promise<ApiPerson> => {
  const token = await cells.home.supabase.issueToken({ sub: id, overrides })
  return apiPerson(await connect(cells.api.url), cells.api, { id, token })
}

describe('a new person who signed in anonymously', () => {
  it('has the plan anonymous in their cell, and the plan free there after becoming a permanent user', async () => {
    const [early, late] = [await cells.person(), await cells.person()]
    const ids = [early.id, late.id]
    await cells.home.admin.query('update auth.users set is_anonymous = true where id = any ($1)', [ids])
    const [earlyAnonymous, lateAnonymous] = await Promise.all(
      [early, late].map((one) => withClaims(one, { is_anonymous: true })),
    )
    if (!earlyAnonymous || !lateAnonymous) throw new Error('nobody')
    expect([await planOf(earlyAnonymous), await planOf(lateAnonymous)]).toEqual(['anonymous', 'anonymous'])
    idOf(await earlyAnonymous.submit())
    expect([await whereIs(cells, early), await whereIs(cells, late)]).toEqual([inB, inB])

    await cells.home.admin.query('update auth.users set is_anonymous = false where id = any ($1)', [ids])
    await expect.poll(() => planOf(early), { timeout: 10_000 }).toBe('free')
    await expect.poll(() => planOf(lateAnonymous), { timeout: 10_000 }).toBe('free')
    const { rows } = await cells.b.admin.query('select plan from public.accounts where id = $1', [early.id])
    expect([rows, await whereIs(cells, early), await whereIs(cells, late)]).toEqual([[{ plan: 'free' }], inB, inB])
  })
})

describe('a new person and teams', () => {
  it('are in the cell of the team: whom a team at home has invited comes there', async () => {
    const hanna = await cells.person()
    const team = await createTeam(cells.home, hanna.id)
    const [invited, other] = [await cells.person(), await newPerson()]
    await call(cells.home, hanna.id, 'public.invite_member($1, $2, $3)', [team, invited.id, 'member'])
    expect(outcomeOf(await invited.call('GET', '/api/ai/limits'))).toBe('200')
    await call(cells.home, invited.id, 'public.accept_invitation($1)', [team])
    await makeGeneration(invited, cells, team)
    expect(outcomeOf(await other.submit(undefined, { 'x-recto-account': team }))).toBe('403 not_a_member')
    expect(await livesIn(cells, team)).toEqual(['home'])
  })

  it('are kept in one cell: a team does not invite a person who lives in another one', async () => {
    const [hanna, bea] = [await cells.person(), await newPerson()]
    const team = await createTeam(cells.home, hanna.id)
    const invite = (cell: System, by: ApiPerson, to: string, { id }: ApiPerson) =>
      call(cell, by.id, 'public.invite_member($1, $2, $3)', [to, id, 'member'])
    await expect(invite(cells.home, hanna, team, bea)).rejects.toMatchObject({
      code: 'RCT01',
      message: 'the person lives in another cell',
    })
    const teamOfB = await createTeam(cells.b, bea.id)
    await invite(cells.b, bea, teamOfB, hanna)
    await expect(call(cells.b, hanna.id, 'public.accept_invitation($1)', [teamOfB])).rejects.toThrow(
      'there is no such person',
    )
    await expect(call(cells.home, bea.id, `public.create_team('Elsewhere')`)).rejects.toMatchObject({ code: 'RCT01' })
    await invite(cells.b, bea, teamOfB, await newPerson())
  })
})

describe('a new person in another cell', () => {
  it('writes there by PostgREST, and nothing at home', async () => {
    const [bea, hanna] = [await newPerson(), await cells.person()]
    const submit = ({ supabase }: System, { token }: ApiPerson) =>
      fetch(`${supabase.supabaseUrl}/rest/v1/ai_generations`, {
        method: 'POST',
        headers: {
          apikey: supabase.publishableKey,
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ source_text: newText() }),
      })
    expect((await submit(cells.b, bea)).status).toBe(201)
    const refused = await submit(cells.home, bea)
    expect([refused.status, await refused.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'RCT01', message: 'the account lives in another cell' }),
    ])
    // Who writes at home before the first request to an API lives there.
    expect((await submit(cells.home, hanna)).status).toBe(201)
    await makeGeneration(hanna, cells)
    expect(await whereIs(cells, hanna)).toEqual({ directory: [], isKnownInB: false })
  })

  it('erases all that is theirs, and still lives there', async () => {
    const [bea, bob] = [await newPerson(), await newPerson()]
    const before = await rowsOf(cells.b, [bob.id])
    expect(outcomeOf(await bea.call('DELETE', '/api/ai/data'))).toMatch(/^20[024]$/)
    const left = Object.keys(await rowsOf(cells.b, [bea.id]))
    for (const table of ['ai_generations', 'ai_suggestions', 'ai_calls', 'cards', 'card_reviews'])
      expect(left).not.toContain(table)
    expect([await rowsOf(cells.home, [bea.id]), await rowsOf(cells.b, [bob.id])]).toEqual([{}, before])
    await makeGeneration(bea, cells)
    expect(await whereIs(cells, bea)).toEqual(inB)
  })

  it('is moved home like anybody, and back', async () => {
    const bea = await newPerson()
    const before = await rowsOf(cells.b, [bea.id])
    await moved(cells, bea.id, 'home')
    expect([await rowsOf(cells.home, [bea.id]), await rowsOf(cells.b, [bea.id])]).toEqual([before, {}])
    await expect.poll(async () => outcomeOf(await bea.submit())).toBe('202')
    expect(await whereIs(cells, bea)).toEqual(atHome)
    await makeGeneration(bea, cells)
    await moved(cells, bea.id, 'b')
    await expect.poll(async () => outcomeOf(await bea.submit())).toBe('202')
    expect(await livesIn(cells, bea.id)).toEqual(['b'])
  })
})

/** Of these, a row comes with one of another table that is looked at. */
const followers = [
  'public.ai_suggestions',
  'public.ai_findings',
  'public.card_schedules',
  'public.card_reviews',
  'recto.webhook_secrets',
  'public.webhook_deliveries',
  'public.webhook_attempts',
  'recto.result_cache',
  'recto.budget_blocks',
  'public.budget_alerts',
  'recto.usage_deleted',
  'recto.acceptance_deleted',
  'recto.audit_log',
]

describe('what keeps a person at home', () => {
  it('is a row in any table that would move, but for those that come with another row', async () => {
    const { rows } = await cells.home.admin.query(
      `select array(select (regexp_matches(prosrc, 'from ((?:public|recto)\\.\\w+)', 'g'))[1]) as tables
       from pg_proc where oid = 'recto.has_rows(uuid)'::regprocedure`,
    )
    const [{ tables } = { tables: [] }] = z.array(z.object({ tables: z.array(z.string()) })).parse(rows)
    const moving = movedTables.map(({ name }) => name).filter((name) => !followers.includes(name))
    expect(tables.filter((name) => name !== 'recto.erasures').toSorted()).toEqual(moving.toSorted())
  })
})
