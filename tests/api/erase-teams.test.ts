import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, createTeam } from '../support/team.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.stop())

const eraseAll = (person: ApiPerson) => person.call('DELETE', '/api/ai/data')
const rows = async (sql: string, values: unknown[] = []) => (await apiSystem.system.admin.query(sql, values)).rows

describe('teams of a person who erases their data', () => {
  it('get another member as their owner, and cannot prevent the erasure', async () => {
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    const team = await createTeam(apiSystem.system, ana.id, [[ben.id, 'member']])
    const id = idOf(await ana.submit())
    expect(outcomeOf(await eraseAll(ana))).toBe('204')
    expect((await ana.call('GET', `${generationsPath}/${id}`)).status).toBe(404)
    expect(await rows('select user_id, role from public.account_members where account_id = $1', [team])).toEqual([
      { user_id: ben.id, role: 'owner' },
    ])
  })

  it('take no member that has not agreed, so that a stranger cannot leave them a team', async () => {
    const [ana, victim] = [await apiSystem.person(), await apiSystem.person()]
    const team = await createTeam(apiSystem.system, ana.id)
    const invite = call(apiSystem.system, ana.id, `public.invite_member($1, $2, 'owner')`, [team, victim.id])
    await expect(invite).resolves.toBe('')
    const leave = call(apiSystem.system, ana.id, 'public.remove_member($1, $2)', [team, ana.id])
    await expect(leave).rejects.toMatchObject({ code: 'PT409' })
    expect(outcomeOf(await eraseAll(victim))).toBe('204')
    expect(await rows('select from public.account_invitations where user_id = $1', [victim.id])).toEqual([])
  })

  it('lose their name when the person was the only member, and still count in the limit of teams', async () => {
    const ana = await apiSystem.person()
    await apiSystem.system.admin.query('update recto.settings set free_teams = 1')
    try {
      const team = await createTeam(apiSystem.system, ana.id)
      const invited = await apiSystem.person()
      await call(apiSystem.system, ana.id, `public.invite_member($1, $2, 'owner')`, [team, invited.id])
      expect(outcomeOf(await eraseAll(ana))).toBe('204')
      const accept = call(apiSystem.system, invited.id, 'public.accept_invitation($1)', [team])
      await expect(accept).rejects.toMatchObject({ code: 'PT404' })
      expect(await rows('select name from public.accounts where created_by = $1', [ana.id])).toEqual([
        { name: 'erased' },
      ])
      expect(await rows('select from public.account_members where user_id = $1', [ana.id])).toEqual([])
      const again = call(apiSystem.system, ana.id, `public.create_team('Another')`)
      await expect(again).rejects.toMatchObject({ code: 'PT403' })
    } finally {
      await apiSystem.system.admin.query('update recto.settings set free_teams = 1000')
    }
  })
})
