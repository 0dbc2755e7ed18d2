import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, createTeam } from '../support/team.ts'
import { addWebhook } from '../support/webhook.ts'
import { type ApiPerson, type ApiSystem, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
beforeAll(async () => {
  apiSystem = await startApiSystem()
})
afterAll(() => apiSystem?.stop())

/** Adds entries of earlier changes by the person, and renames a team until the person may change nothing more. */
const renameUntilDenied = async ({ id }: ApiPerson, team: string): Promise<void> => {
  await apiSystem.system.admin.query(
    `insert into recto.audit_log (actor, action, subject, at)
     select $1, 'update', 'public.accounts', now() - case when n > 990 then interval '61 minutes' else interval '59 minutes' end
     from generate_series(1, 2000) n`,
    [id],
  )
  for (let n = 0; n <= 10; n++) {
    const renaming = call(apiSystem.system, id, 'public.change_team($1, $2, null)', [team, `Name ${n}`])
    const error = await renaming.then(() => null).catch((thrown: unknown) => thrown)
    if (error === null) continue
    expect(error).toMatchObject({ code: 'PT429', detail: 'rate_limited' })
    const { rows } = await apiSystem.system.admin.query(
      `select count(*)::integer as entries from recto.audit_log where actor = $1 and at > now() - interval '1 hour'`,
      [id],
    )
    expect(rows).toEqual([{ entries: 1_000 }])
    return
  }
  throw new Error('was never denied')
}

describe('the changes that a person makes to teams and webhooks', () => {
  it('are a thousand in an hour, because each of them stays in the audit log', async () => {
    const [ana, ben] = [await apiSystem.person(), await apiSystem.person()]
    const webhook = await addWebhook(apiSystem.system, ana.id, ana.id, { url: 'https://receiver.invalid/mine' })
    const team = await createTeam(apiSystem.system, ana.id, [[ben.id, 'admin']])
    await renameUntilDenied(ana, team)
    const path = `/api/ai/webhooks/${webhook}`
    const body = { url: 'https://receiver.example/', events: ['budget.alert'] }
    const denied = [
      await ana.call('POST', '/api/ai/webhooks', { body }),
      await ana.call('PATCH', path, { body: { enabled: false } }),
      await ana.call('POST', `${path}/rotate-secret`),
      await ana.call('DELETE', path),
    ]
    expect(denied.map(outcomeOf)).toEqual(Array(4).fill('429 rate_limited'))
    for (const { headers } of denied) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    await call(apiSystem.system, ben.id, 'public.remove_member($1, $2)', [team, ben.id])
  })

  it('keep nobody from generating and from erasing their data', async () => {
    const ana = await apiSystem.person()
    const team = await createTeam(apiSystem.system, ana.id)
    await renameUntilDenied(ana, team)
    idOf(await ana.submit())
    expect(outcomeOf(await ana.call('DELETE', '/api/ai/data'))).toBe('204')
    const { rows } = await apiSystem.system.admin.query('select name from public.accounts where id = $1', [team])
    expect(rows).toEqual([{ name: 'erased' }])
  })
})
