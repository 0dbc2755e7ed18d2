import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { addMember, call, createTeam } from '../support/team.ts'
import { addWebhook } from '../support/webhook.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

let ana: TestPerson
let ben: TestPerson
let cleo: TestPerson
beforeEach(async () => {
  ;[ana, ben, cleo] = [await system.person(), await system.person(), await system.person()]
})

const rows = async (sql: string, values: unknown[] = []) => (await system.admin.query(sql, values)).rows
const rolesOf = async (team: string): Promise<Record<string, string>> => {
  const members = await rows('select user_id, role from public.account_members where account_id = $1', [team])
  return Object.fromEntries(members.map(({ user_id, role }) => [user_id, role]))
}
const removal = 'delete from auth.users where id = any ($1)'
/** Deletes people in one statement, with the role of Supabase Auth. */
const deletePeople = async (...people: TestPerson[]): Promise<void> => {
  const client = await system.admin.connect()
  try {
    await client.query('set role supabase_auth_admin')
    await client.query(removal, [people.map(({ id }) => id)])
  } finally {
    await client.query('reset role')
    client.release()
  }
}

describe('owner succession when the last owner is deleted', () => {
  it('makes the longest-standing admin the owner, before longer-standing members', async () => {
    const dora = await system.person()
    const team = await createTeam(system, ana.id, [
      [ben.id, 'member'],
      [cleo.id, 'admin'],
      [dora.id, 'admin'],
    ])
    await deletePeople(ana)
    expect(await rolesOf(team)).toEqual({ [ben.id]: 'member', [cleo.id]: 'owner', [dora.id]: 'admin' })
    expect(await call(system, cleo.id, 'public.set_member($1, $2, $3)', [team, ben.id, 'admin'])).toBe('')
  })

  it('makes the longest-standing member the owner when there is no admin, and of equals the lowest id', async () => {
    const team = await createTeam(system, ana.id, [
      [ben.id, 'member'],
      [cleo.id, 'member'],
    ])
    await rows('update public.account_members set created_at = now() where account_id = $1', [team])
    await deletePeople(ana)
    const [successor, other] = [ben.id, cleo.id].toSorted()
    expect(await rolesOf(team)).toEqual({ [successor ?? '']: 'owner', [other ?? '']: 'member' })

    const next = await createTeam(system, ben.id, [[cleo.id, 'member']])
    await deletePeople(ben)
    expect(await rolesOf(next)).toEqual({ [cleo.id]: 'owner' })
  })

  it('is in the audit log after the deletion', async () => {
    const team = await createTeam(system, ana.id, [[ben.id, 'member']])
    const [{ since }] = await rows('select max(id) as since from recto.audit_log')
    await deletePeople(ana)
    const trail = await rows(
      'select action, before, after from recto.audit_log where id > $1 and account_id = $2 order by id',
      [since, team],
    )
    expect(trail).toMatchObject([
      { action: 'delete', before: { user_id: ana.id, role: 'owner' }, after: null },
      {
        action: 'update',
        before: { user_id: ben.id, role: 'member' },
        after: { user_id: ben.id, role: 'owner', account_id: team },
      },
    ])
  })

  it('closes a team without other members, which loses its name and its webhooks', async () => {
    const team = await createTeam(system, ana.id, [], { shares: true })
    await addWebhook(system, ana.id, team, { url: 'https://receiver.invalid/of-ana' })
    const others = await createTeam(system, ben.id, [[ana.id, 'owner']])
    const kept = await addWebhook(system, ana.id, others)
    await deletePeople(ana)
    expect(await rows('select name, shares_texts, created_by from public.accounts where id = $1', [team])).toEqual([
      { name: 'erased', shares_texts: false, created_by: ana.id },
    ])
    expect(await rolesOf(team)).toEqual({})
    expect(await rows('select from public.webhook_endpoints where account_id = $1', [team])).toEqual([])
    expect(await rows('select id from public.webhook_endpoints where account_id = $1', [others])).toEqual([
      { id: kept },
    ])
  })

  it('gives each team of the person an owner', async () => {
    const teams = [await createTeam(system, ana.id, [[ben.id, 'member']])]
    teams.push(
      await createTeam(system, ana.id, [[cleo.id, 'admin']]),
      await createTeam(system, ben.id, [[ana.id, 'admin']]),
    )
    await deletePeople(ana)
    expect(await Promise.all(teams.map(rolesOf))).toEqual([
      { [ben.id]: 'owner' },
      { [cleo.id]: 'owner' },
      { [ben.id]: 'owner' },
    ])
  })
})

it('owner succession changes no role while another owner remains', async () => {
  const team = await createTeam(system, ana.id, [
    [ben.id, 'owner'],
    [cleo.id, 'admin'],
  ])
  await deletePeople(ana)
  expect(await rolesOf(team)).toEqual({ [ben.id]: 'owner', [cleo.id]: 'admin' })
  const dora = await system.person()
  await addMember(system, ben.id, team, [dora.id, 'member'])
  await deletePeople(dora)
  expect(await rolesOf(team)).toEqual({ [ben.id]: 'owner', [cleo.id]: 'admin' })
})

it('owner succession does not apply when the last owner leaves, who has to name another owner first', async () => {
  const team = await createTeam(system, ana.id, [[ben.id, 'admin']])
  const before = await rolesOf(team)
  for (const [text, values] of [
    ['public.remove_member($1, $2)', [team, ana.id]],
    [`public.set_member($1, $2, 'member')`, [team, ana.id]],
  ] as const)
    await expect(call(system, ana.id, text, [...values])).rejects.toMatchObject({ code: 'PT409' })
  expect(await rolesOf(team)).toEqual(before)
})

it('owner succession applies when the last owner erases their data', async () => {
  const teams = [
    await createTeam(system, ana.id, [[ben.id, 'member']]),
    await createTeam(system, ana.id, [
      [ben.id, 'member'],
      [cleo.id, 'admin'],
    ]),
    await createTeam(system, ana.id),
  ]
  await call(system, ana.id, 'recto.begin_erasure()')
  expect(await Promise.all(teams.map(rolesOf))).toEqual([
    { [ben.id]: 'owner' },
    { [ben.id]: 'member', [cleo.id]: 'owner' },
    {},
  ])
})

describe('owner succession when two members are deleted at once', () => {
  const teamOfThree = () =>
    createTeam(system, ana.id, [
      [ben.id, 'admin'],
      [cleo.id, 'member'],
    ])

  it('makes the third member the owner, deleted by one statement', async () => {
    const team = await teamOfThree()
    await deletePeople(ana, ben)
    expect(await rolesOf(team)).toEqual({ [cleo.id]: 'owner' })
  })

  it.each<[string, () => [TestPerson, TestPerson]]>([
    ['the owner first', () => [ana, ben]],
    ['the successor first', () => [ben, ana]],
  ])('makes the third member the owner, deleted by two transactions: %s', async (_, who) => {
    const team = await teamOfThree()
    const [first, second] = who()
    const lock = await lockRow(system, removal, [[first.id]])
    const deletion = deletePeople(second)
    await lock.awaited('auth.users')
    await lock.commit('select', [])
    await deletion
    expect(await rolesOf(team)).toEqual({ [cleo.id]: 'owner' })
  })

  it('makes the remaining member the owner when one of the deletions rolls back', async () => {
    const team = await createTeam(system, ana.id, [[ben.id, 'member']])
    const lock = await lockRow(system, removal, [[ben.id]])
    const deletion = deletePeople(ana)
    await lock.awaited('auth.users')
    await lock.release()
    await deletion
    expect(await rolesOf(team)).toEqual({ [ben.id]: 'owner' })
  })

  it('does not deadlock with an owner who removes one of them', async () => {
    const team = await createTeam(system, ana.id, [[ben.id, 'admin']])
    const lock = await lockRow(system, 'select from public.accounts where id = $1 for update', [team])
    const deletion = deletePeople(ben)
    await lock.awaited('auth.users')
    await lock.commit('delete from public.account_members where account_id = $1 and user_id = $2', [team, ben.id])
    await deletion
    expect(await rolesOf(team)).toEqual({ [ana.id]: 'owner' })
  })
})
