import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { call, createTeam } from '../support/team.ts'
import { addWebhook, newKeys } from '../support/webhook.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

let ana: TestPerson
let ben: TestPerson
let team: string
beforeEach(async () => {
  ;[ana, ben] = [await system.person(), await system.person()]
  team = await createTeam(system, ana.id, [[ben.id, 'admin']])
})

const outcomeOf = (work: Promise<unknown>) => work.then(() => 'done').catch((error: { code: string }) => error.code)
/** Ana removes ben and erases her data, so that nobody is left in the team. */
const close = async () => {
  await call(system, ana.id, 'public.remove_member($1, $2)', [team, ben.id])
  await call(system, ana.id, 'recto.begin_erasure()')
}
const webhooks = async () =>
  (await system.admin.query('select from public.webhook_endpoints where account_id = $1', [team])).rowCount

describe('a team that is closed', () => {
  it('is left without the webhook that somebody was adding, who is removed', async () => {
    const lock = await lockRow(system, 'select recto.lock_changes($1)', [ben.id])
    const adding = outcomeOf(addWebhook(system, ben.id, team))
    await lock.awaited('create_webhook')
    const closing = outcomeOf(close())
    await Promise.race([closing, lock.awaited('remove_member')])
    await lock.release()
    expect(await Promise.all([adding, closing])).toEqual(['done', 'done'])
    expect(await webhooks()).toBe(0)
  })

  it('takes no webhook from somebody who was removed meanwhile', async () => {
    const lock = await lockRow(system, 'select recto.lock_erasure($1)', [ben.id])
    const adding = outcomeOf(addWebhook(system, ben.id, team))
    await lock.awaited('create_webhook')
    await close()
    await lock.release()
    expect(await adding).toBe('PT403')
    expect(await webhooks()).toBe(0)
  })
})

describe('a webhook that is deleted', () => {
  type Use = [what: string, text: string, values: unknown[]]
  const uses: Use[] = [
    ['gets no new secret', 'recto.rotate_webhook_secret($1, $2, $3, $4, $5)', [0, ...newKeys()]],
    ['gets no test', 'recto.send_webhook_test($1)', []],
    ['is sent nothing again', `recto.replay_deliveries($1, null, '-infinity', 'infinity', '{failed,succeeded}')`, []],
  ]

  it.each(uses)('%s by somebody who had begun before', async (_what, text, values) => {
    const webhook = await addWebhook(system, ben.id, team)
    const lock = await lockRow(system, 'select recto.lock_webhooks($1)', [team])
    const use = outcomeOf(call(system, ben.id, text, [webhook, ...values]))
    await lock.awaited(text)
    await lock.commit('delete from public.webhook_endpoints where id = $1', [webhook])
    expect(await use).toBe('PT404')
  })

  it.each(uses)('with its team %s by somebody who had begun before', async (_what, text, values) => {
    const webhook = await addWebhook(system, ben.id, team)
    const lock = await lockRow(system, 'select recto.lock_webhooks($1)', [team])
    const use = outcomeOf(call(system, ben.id, text, [webhook, ...values]))
    await lock.awaited(text)
    const closing = outcomeOf(close())
    await Promise.race([closing, lock.awaited('remove_member')])
    await lock.release()
    // Either comes before the other.
    expect(await use).toMatch(/^(done|PT404)$/)
    expect(await closing).toBe('done')
    expect(await webhooks()).toBe(0)
  })
})

describe('a person who is deleted', () => {
  it('leaves no event behind of a test of their webhook that had begun before', async () => {
    const webhook = await addWebhook(system, ben.id, ben.id)
    const lock = await lockRow(system, 'delete from auth.users where id = $1', [ben.id])
    const testing = outcomeOf(call(system, ben.id, 'recto.send_webhook_test($1)', [webhook]))
    await Promise.race([testing, lock.awaited('send_webhook_test')])
    await lock.commit('select 1', [])
    expect(await testing).toBe('PT401')
    const left = await system.admin.query('select from public.webhook_deliveries where user_id = $1', [ben.id])
    expect(left.rowCount).toBe(0)
  })
})
