import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { addMember, call, createTeam, createTeamOf, personOfEachRole } from '../support/team.ts'
import { newText } from '../support/text.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

let owner: TestPerson
let admin: TestPerson
let member: TestPerson
let guest: TestPerson
let team: string
beforeEach(async () => {
  const roles = await personOfEachRole(() => system.person())
  ;({ owner, admin, member, outsider: guest } = roles)
  team = await createTeamOf(system, roles)
})

const unknownId = '00000000-0000-4000-8000-00000000dead'
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof pg.DatabaseError ? `${error.code} ${error.message}` : String(error)),
  )
const invite = (by: TestPerson, who: string, role: string | null = 'member') =>
  outcome(call(system, by.id, 'public.invite_member($1, $2, $3)', [team, who, role]))
const accept = (by: TestPerson) => outcome(call(system, by.id, 'public.accept_invitation($1)', [team]))
const decline = (by: TestPerson) => outcome(call(system, by.id, 'public.decline_invitation($1)', [team]))
const remove = (by: TestPerson, who: string) =>
  outcome(call(system, by.id, 'public.remove_member($1, $2)', [team, who]))
const roleOf = async ({ id }: TestPerson): Promise<string | undefined> => {
  const text = 'select role from public.account_members where account_id = $1 and user_id = $2'
  return (await system.admin.query<{ role: string }>(text, [team, id])).rows[0]?.role
}
const seenBy = async ({ client }: TestPerson) =>
  (await client.from('account_invitations').select('account_id, user_id, role, team_name')).data
const onlyOwner = 'PT403 only an owner may do this'
const noInvitation = 'PT404 there is no such invitation'

describe('an invitation', () => {
  it.each(['owner', 'admin', 'member'])('makes the person %s of the team once they accept it', async (role) => {
    expect(await invite(owner, guest.id, role)).toBe('done')
    expect(await roleOf(guest)).toBeUndefined()
    expect(await accept(guest)).toBe('done')
    expect(await roleOf(guest)).toBe(role)
    expect(await accept(guest)).toBe(noInvitation)
    expect(await seenBy(owner)).toEqual([])
  })

  it.each([
    ['an owner who is removed', 'owner', 'remove'],
    ['an owner who becomes an admin', 'owner', 'admin'],
    ['an admin who is removed', 'admin', 'remove'],
    ['an admin who becomes a member', 'admin', 'member'],
  ])('of %s cannot be accepted', async (_who, before, change) => {
    await call(system, owner.id, 'public.set_member($1, $2, $3)', [team, admin.id, before])
    expect(await invite(admin, guest.id, before === 'owner' ? 'owner' : 'member')).toBe('done')
    if (change === 'remove') expect(await remove(owner, admin.id)).toBe('done')
    else await call(system, owner.id, 'public.set_member($1, $2, $3)', [team, admin.id, change])
    expect(await accept(guest)).toBe(noInvitation)
    expect(await roleOf(guest)).toBeUndefined()
  })

  it('stays open while a member leaves and another one becomes an admin', async () => {
    await invite(owner, guest.id)
    expect(await remove(member, member.id)).toBe('done')
    await call(system, owner.id, 'public.set_member($1, $2, $3)', [team, admin.id, 'owner'])
    expect(await accept(guest)).toBe('done')
  })

  it('that was declined or withdrawn cannot be accepted', async () => {
    await invite(owner, guest.id, 'owner')
    expect(await decline(guest)).toBe('done')
    expect([await accept(guest), await decline(guest)]).toEqual([noInvitation, noInvitation])
    await invite(owner, guest.id, 'owner')
    expect(await remove(owner, guest.id)).toBe('done')
    expect(await accept(guest)).toBe(noInvitation)
    expect(await roleOf(guest)).toBeUndefined()
  })

  it('is seen by the invited person and by owners and admins of the team, and by nobody else', async () => {
    await invite(admin, guest.id)
    const row = { account_id: team, user_id: guest.id, role: 'member', team_name: 'Night class' }
    for (const person of [guest, owner, admin]) expect(await seenBy(person)).toEqual([row])
    for (const person of [member, await system.person()]) expect(await seenBy(person)).toEqual([])
  })

  it('shows the invited person nothing of the team, and the team nothing of the person, before it is accepted', async () => {
    await invite(owner, guest.id, 'owner')
    const { client } = guest
    expect((await client.from('accounts').select('id').eq('id', team)).data).toEqual([])
    expect((await client.from('account_members').select('user_id').eq('account_id', team)).data).toEqual([])
    const submission = await client.from('ai_generations').insert({ source_text: newText(), account_id: team })
    expect(submission.error?.code).toBe('42501')
    expect(await outcome(call(system, guest.id, 'public.change_team($1, $2, true)', [team, 'Mine']))).toContain('PT404')
    const members = await owner.client.from('account_members').select('user_id').eq('account_id', team)
    expect(members.data).toHaveLength(3)
  })

  it('of an id that nobody has looks like any other', async () => {
    expect([await invite(admin, unknownId), await invite(admin, guest.id)]).toEqual(['done', 'done'])
    expect(await seenBy(owner)).toHaveLength(2)
    const setMember = (who: string) =>
      outcome(call(system, owner.id, `public.set_member($1, $2, 'member')`, [team, who]))
    const outsider = await system.person()
    expect(new Set([await setMember(unknownId), await setMember(guest.id), await setMember(outsider.id)])).toEqual(
      new Set(['PT404 there is no such member']),
    )
    expect([await remove(owner, unknownId), await remove(owner, guest.id)]).toEqual(['done', 'done'])
  })

  it.each<[who: string, by: () => TestPerson, whom: () => string, role: string | null, answer: string]>([
    ['a member', () => member, () => guest.id, 'member', onlyOwner],
    ['an admin, for an owner', () => admin, () => guest.id, 'owner', onlyOwner],
    ['an admin, for an admin', () => admin, () => guest.id, 'admin', onlyOwner],
    ['an outsider', () => guest, () => guest.id, 'owner', 'PT404 there is no such team'],
    ['an owner, without a role', () => owner, () => guest.id, null, 'PT400 a role is owner, admin or member'],
    ['an owner, for a member', () => owner, () => member.id, 'admin', 'PT409 the person is a member already'],
  ])('of %s is refused', async (_who, by, whom, role, answer) => {
    expect(await invite(by(), whom(), role)).toBe(answer)
    expect(await seenBy(owner)).toEqual([])
  })

  it('of an owner to be an owner can be changed or withdrawn by no admin', async () => {
    await invite(owner, guest.id, 'owner')
    expect([await invite(admin, guest.id), await remove(admin, guest.id)]).toEqual([onlyOwner, onlyOwner])
    expect(await invite(owner, guest.id, 'admin')).toBe('done')
    expect(await accept(guest)).toBe('done')
    expect(await roleOf(guest)).toBe('admin')
  })

  it('cannot be accepted or declined by others', async () => {
    await invite(owner, guest.id, 'owner')
    const other = await system.person()
    for (const person of [other, member]) {
      expect(await accept(person)).toBe(noInvitation)
      expect(await decline(person)).toBe(noInvitation)
    }
    expect(await roleOf(member)).toBe('member')
  })

  it('is dropped when its person, or the last member of its team, is deleted', async () => {
    await invite(owner, guest.id)
    await system.admin.query('delete from auth.users where id = $1', [guest.id])
    expect(await seenBy(owner)).toEqual([])
    expect(await accept(guest)).toBe(noInvitation)

    const late = await system.person()
    await invite(owner, late.id, 'owner')
    await system.admin.query('delete from auth.users where id = any ($1)', [[owner.id, admin.id, member.id]])
    expect(await accept(late)).toBe(noInvitation)
  })
})

it('open invitations of a team are bounded by recto.settings, also when they come at the same time', async () => {
  await system.admin.query('update recto.settings set open_invitations = 3')
  try {
    const ids = Array.from({ length: 6 }, () => crypto.randomUUID())
    const outcomes = await Promise.all(ids.map((id) => invite(owner, id)))
    expect(outcomes.filter((text) => text === 'done')).toHaveLength(3)
    expect(outcomes.filter((text) => text === 'PT403 no more open invitations')).toHaveLength(3)
    const [first = ''] = ids.filter((_, n) => outcomes[n] === 'done')
    expect(await invite(owner, first, 'admin')).toBe('done')
    await remove(owner, first)
    expect(await invite(owner, guest.id)).toBe('done')
  } finally {
    await system.admin.query('update recto.settings set open_invitations = 100')
  }
})

describe('an erasure', () => {
  const erase = (person: TestPerson) => outcome(call(system, person.id, 'recto.begin_erasure()'))

  it('of a person whom strangers left as the last owner is not refused', async () => {
    await addMember(system, owner.id, team, [guest.id, 'owner'])
    await remove(owner, owner.id)
    expect(await erase(guest)).toBe('done')
    expect([await roleOf(admin), await roleOf(member)]).toEqual(['owner', 'member'])
  })

  it('drops the invitations of the person and keeps those of the team that goes on', async () => {
    await invite(owner, guest.id)
    const elsewhere = await createTeam(system, guest.id)
    await call(system, guest.id, `public.invite_member($1, $2, 'owner')`, [elsewhere, owner.id])
    expect(await erase(owner)).toBe('done')
    expect(await seenBy(guest)).toMatchObject([{ account_id: team, user_id: guest.id }])
  })

  it('and an acceptance at the same time leave no team with members and no owner', async () => {
    const alone = await createTeam(system, owner.id)
    await call(system, owner.id, `public.invite_member($1, $2, 'member')`, [alone, guest.id])
    const lock = await lockRow(system, 'select from public.accounts where id = $1 for update', [alone])
    const erasure = erase(owner)
    await lock.awaited('recto.begin_erasure')
    const acceptance = outcome(call(system, guest.id, 'public.accept_invitation($1)', [alone]))
    await lock.awaited('public.accept_invitation')
    await lock.commit('select', [])
    expect(await erasure).toBe('done')
    expect(['done', noInvitation]).toContain(await acceptance)
    const { rows } = await system.admin.query('select role from public.account_members where account_id = $1', [alone])
    expect([[], [{ role: 'owner' }]]).toContainEqual(rows)
  })
})
