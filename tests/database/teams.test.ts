import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { addMember, call, createTeamOf, personOfEachRole } from '../support/team.ts'
import { newText } from '../support/text.ts'

type Part = 'owner' | 'admin' | 'member' | 'outsider'

let system: System
let people: Record<Part, TestPerson>
let team: string
beforeAll(async () => {
  system = await startSystem()
  people = await personOfEachRole(() => system.person())
})
afterAll(() => system?.stop())
beforeEach(async () => {
  team = await createTeamOf(system, people)
})

const as = (part: Part, text: string, values: unknown[] = []) => call(system, people[part].id, text, values)
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? '') : String(error)),
  )
const roles = async (): Promise<Record<string, string>> => {
  const { rows } = await system.admin.query<{ user_id: string; role: string }>(
    'select user_id, role from public.account_members where account_id = $1',
    [team],
  )
  return Object.fromEntries(rows.map(({ user_id, role }) => [user_id, role]))
}
const expectRolesUnchanged = async () => {
  const { owner, admin, member } = people
  expect(await roles()).toEqual({ [owner.id]: 'owner', [admin.id]: 'admin', [member.id]: 'member' })
}
const setMember = (by: Part, who: string, role: string | null) =>
  outcome(as(by, 'public.set_member($1, $2, $3)', [team, who, role]))
const removeMember = (by: Part, who: string) => outcome(as(by, 'public.remove_member($1, $2)', [team, who]))

describe('team roles', () => {
  it.each<[by: Part, who: Part, role: string, code: string]>([
    ['member', 'member', 'owner', 'PT403'],
    ['member', 'member', 'admin', 'PT403'],
    ['member', 'owner', 'member', 'PT403'],
    ['member', 'outsider', 'member', 'PT403'],
    ['admin', 'admin', 'owner', 'PT403'],
    ['admin', 'admin', 'member', 'PT403'],
    ['admin', 'member', 'admin', 'PT403'],
    ['admin', 'outsider', 'admin', 'PT403'],
    ['admin', 'owner', 'member', 'PT403'],
    ['outsider', 'outsider', 'member', 'PT404'],
    ['outsider', 'outsider', 'owner', 'PT404'],
    ['outsider', 'member', 'owner', 'PT404'],
    ['owner', 'owner', 'member', 'PT409'],
    ['owner', 'member', 'king', 'PT400'],
    ['owner', 'outsider', 'owner', 'PT404'],
    ['admin', 'outsider', 'member', 'PT404'],
  ])('%s cannot make %s %s', async (by, who, role, code) => {
    expect(await setMember(by, people[who].id, role)).toBe(code)
    await expectRolesUnchanged()
  })

  it.each<[by: Part, who: Part, code: string]>([
    ['member', 'owner', 'PT403'],
    ['member', 'admin', 'PT403'],
    ['admin', 'owner', 'PT403'],
    ['outsider', 'member', 'PT404'],
    ['outsider', 'outsider', 'PT404'],
    ['owner', 'owner', 'PT409'],
  ])('%s cannot remove %s', async (by, who, code) => {
    expect(await removeMember(by, people[who].id)).toBe(code)
    await expectRolesUnchanged()
  })

  it('let owners change roles, admins invite and remove members, and every member leave', async () => {
    const { admin, member, outsider, owner } = people
    await addMember(system, admin.id, team, [outsider.id, 'member'])
    expect(await removeMember('admin', outsider.id)).toBe('done')
    expect(await setMember('owner', member.id, 'owner')).toBe('done')
    expect(await removeMember('owner', owner.id)).toBe('done')
    expect(await removeMember('admin', admin.id)).toBe('done')
    expect(await roles()).toEqual({ [member.id]: 'owner' })
    expect(await setMember('member', '00000000-0000-4000-8000-00000000dead', 'member')).toBe('PT404')
    expect(await setMember('member', outsider.id, 'member')).toBe('PT404')
    expect(await setMember('member', outsider.id, null)).toBe('PT400')
  })

  it('do not exist for a personal account', async () => {
    const { owner, member } = people
    await call(system, owner.id, `public.create_team('x')`)
    await owner.client.from('ai_generations').insert({ source_text: newText() })
    for (const by of ['owner', 'member'] as const)
      expect(await outcome(as(by, `public.set_member($1, $2, 'owner')`, [owner.id, member.id]))).toBe('PT404')
  })

  it('let a person create free_teams teams on the free plan, even concurrently and after leaving', async () => {
    const [maker, other] = [await system.person(), await system.person()]
    await system.admin.query('update recto.settings set free_teams = 3')
    try {
      const createOne = () => maker.client.rpc('create_team', { name: 'One more' })
      const made = await Promise.all(Array.from({ length: 6 }, createOne))
      const teams = made.flatMap(({ data }) => data ?? [])
      expect(teams).toHaveLength(3)
      expect(made.filter(({ error }) => error?.code === 'PT403')).toHaveLength(3)

      await addMember(system, maker.id, teams[0] ?? '', [other.id, 'owner'])
      await maker.client.rpc('remove_member', { team: teams[0] ?? '', member: maker.id })
      expect((await createOne()).error?.code).toBe('PT403')
      await system.admin.query(`update public.accounts set plan = 'pro' where id = $1`, [teams[1]])
      expect((await createOne()).error).toBeNull()
      expect((await other.client.rpc('create_team', { name: 'Another’s' })).error).toBeNull()
    } finally {
      await system.admin.query('update recto.settings set free_teams = 1000')
    }
  })

  it('need a team with a name', async () => {
    const { rest, supabaseUrl, publishableKey } = { rest: '/rest/v1/rpc/create_team', ...system.supabase }
    const answer = await fetch(`${supabaseUrl}${rest}`, {
      method: 'POST',
      headers: { apikey: publishableKey, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Nobody’s' }),
    })
    expect(answer.status).toBe(401)
  })
})

describe('reads through PostgREST', () => {
  // The planner prefers sequential scans on small tables, so the test makes them expensive.
  it.each(['ai_suggestions', 'ai_findings', 'ai_generations'])(
    'of %s use an index although teams may share texts',
    async (table) => {
      const plan = await asPerson(system.supabase.adminUrl, people.member.id, async (client) => {
        await client.query('set local enable_seqscan = off')
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(
          `explain select * from public.${table} order by created_at desc limit 20`,
        )
        return rows.map((row) => row['QUERY PLAN']).join('\n')
      })
      expect(plan).not.toContain(`Seq Scan on ${table}`)
      expect(plan).toContain('Bitmap')
    },
  )
})

describe('concurrent changes of a team', () => {
  it.each(['remove_member($1, $2)', `set_member($1, $2, 'member')`])(
    'by %s of both owners leave one owner',
    async (how) => {
      const { owner, admin, member } = people
      await as('owner', `public.set_member($1, $2, 'owner')`, [team, admin.id])
      await as('owner', `public.remove_member($1, $2)`, [team, member.id])
      const outcomes = await Promise.all(
        (['owner', 'admin'] as const).map((part) => outcome(as(part, `public.${how}`, [team, people[part].id]))),
      )
      expect(outcomes.toSorted()).toEqual(['PT409', 'done'])
      expect(Object.values(await roles()).filter((role) => role === 'owner')).toHaveLength(1)
      expect(Object.keys(await roles())).toEqual(expect.arrayContaining([expect.toBeOneOf([owner.id, admin.id])]))
    },
  )

  it('do not let an admin invite members after another change made the admin a member', async () => {
    const { admin, outsider } = people
    const invite = () => outcome(as('admin', `public.invite_member($1, $2, 'member')`, [team, outsider.id]))
    const [, brought] = await Promise.all([setMember('owner', admin.id, 'member'), invite()])
    expect(['done', 'PT403']).toContain(brought)
    expect((await roles())[admin.id]).toBe('member')
    expect(await invite()).toBe('PT403')
  })
})

describe('a team', () => {
  it('is created, filled and renamed by its functions through PostgREST', async () => {
    const { owner, member } = people
    const made = await owner.client.rpc('create_team', { name: 'By hand' })
    expect(made.error).toBeNull()
    const invitation = { team: made.data ?? '', member: member.id, role: 'member' }
    expect((await owner.client.rpc('invite_member', invitation)).error).toBeNull()
    expect((await member.client.rpc('accept_invitation', { team: invitation.team })).error).toBeNull()
    const renamed = await owner.client.rpc('change_team', {
      team: made.data ?? '',
      name: 'Renamed',
      shares_texts: true,
    })
    expect(renamed.error).toBeNull()
    const seen = await member.client
      .from('accounts')
      .select('name, shares_texts, plan')
      .eq('id', made.data ?? '')
    expect(seen.data).toEqual([{ name: 'Renamed', shares_texts: true, plan: 'free' }])
    const denied = await member.client.rpc('change_team', { team: made.data ?? '', name: 'Mine', shares_texts: false })
    expect([denied.status, denied.error?.code]).toEqual([403, 'PT403'])
  })

  it('shows itself and its members to members only', async () => {
    const looks = async ({ client }: TestPerson) => [
      (await client.from('accounts').select('id').eq('id', team)).data?.length,
      (await client.from('account_members').select('user_id').eq('account_id', team)).data?.length,
    ]
    expect(await looks(people.member)).toEqual([1, 3])
    expect(await looks(people.outsider)).toEqual([0, 0])
  })

  it('accepts no generation of an outsider, and none in another member’s name', async () => {
    const { member, outsider, owner } = people
    const insert = async ({ client }: TestPerson, row: object) => {
      const { status, error } = await client.from('ai_generations').insert({ source_text: newText(), ...row })
      return [status, error?.code]
    }
    expect(await insert(member, { account_id: team })).toEqual([201, undefined])
    expect(await insert(outsider, { account_id: team })).toEqual([403, '42501'])
    expect(await insert(outsider, { account_id: owner.id })).toEqual([403, '42501'])
    expect(await insert(member, { account_id: team, user_id: owner.id })).toEqual([403, '42501'])
    expect(await insert(member, { account_id: team, waiting: false })).toEqual([403, '42501'])
  })
})
