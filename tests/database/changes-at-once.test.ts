import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import { openWrite } from '../support/open-write.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { call, createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { addWebhook, newKeys } from '../support/webhook.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

let ana: TestPerson
let ben: TestPerson
beforeEach(async () => {
  ;[ana, ben] = [await system.person(), await system.person()]
})

/** Adds earlier changes of ana, so that she has `left` in this hour. */
const leave = async (left: number): Promise<void> => {
  await system.admin.query(
    `insert into recto.audit_log (actor, action, subject)
     select $1, 'update', 'public.accounts' from generate_series(1, 1000 - $2 - (
       select count(*)::integer from recto.audit_log where actor = $1))`,
    [ana.id, left],
  )
}

const insertWebhook = `select recto.create_webhook($1, 'https://receiver.invalid/', '{budget.alert}', 'Of ana', $2, $3, $4)`
type Change = [what: string, text: string, valuesOf: (team: string) => Promise<unknown[]>, left?: number]
const changes: Change[] = [
  ['a new name of a team', `select public.change_team($1, 'Other', null)`, async (team) => [team]],
  ['an invitation', `select public.invite_member($1, $2, 'member')`, async (team) => [team, crypto.randomUUID()]],
  ['a new role', `select public.set_member($1, $2, 'admin')`, async (team) => [team, ben.id]],
  // It is two changes: the team, and its owner.
  ['a new team', 'select public.create_team($1)', async () => ['Another'], 2],
  ['a new webhook', insertWebhook, async (team) => [team, ...newKeys()]],
  [
    'a change of a webhook',
    'update public.webhook_endpoints set enabled = false where id = $1',
    async (team) => [await addWebhook(system, ana.id, team)],
  ],
]

describe('a person who may change one thing more in this hour', () => {
  it.each(changes)('cannot make %s while another change is under way', async (_what, text, valuesOf, left = 1) => {
    const [team, other] = [await createTeam(system, ana.id, [[ben.id, 'member']]), await createTeam(system, ana.id)]
    const values = await valuesOf(team)
    await leave(left)
    const first = await openWrite(system, ana.id, `select public.change_team($1, 'Renamed', null)`, [other])
    const watching = await lockRow(system, 'select 1', [])
    const second = openWrite(system, ana.id, text, values).then((open) => open.commit())
    const outcome = second.then(() => 'done').catch((error: { code: string }) => error.code)
    await Promise.race([outcome, watching.awaited(text)])
    await first.commit()
    expect(await outcome).toBe('PT429')
    await watching.release()
  })
})

describe('a team that begins to share its texts', () => {
  it('shows no text whose submission was answered before the change was', async () => {
    const team = await createTeam(system, ana.id, [[ben.id, 'member']])
    const change = await openWrite(system, ana.id, 'select public.change_team($1, null, true)', [team])
    const watching = await lockRow(system, 'select 1', [])
    let isAnswered = false
    const text = 'insert into public.ai_generations (source_text, account_id) values ($1, $2)'
    const submission = openWrite(system, ben.id, text, [newText(), team])
      .then((write) => write.commit())
      .then(() => {
        isAnswered = true
      })
    await Promise.race([submission, watching.awaited(text)])
    const wasAnswered = isAnswered
    await change.commit()
    await submission
    const shown = await call(system, ana.id, '(select count(*)::integer from public.ai_generations)')
    expect({ wasAnswered, shown }).not.toEqual({ wasAnswered: true, shown: 1 })
    await watching.release()
  })
})

describe('changes of one person at the same time', () => {
  it('do not deadlock when one accepts and one declines the same invitation', async () => {
    const team = await createTeam(system, ben.id)
    await call(system, ben.id, 'public.invite_member($1, $2, $3)', [team, ana.id, 'member'])
    const lock = await lockRow(
      system,
      'select from public.account_invitations where account_id = $1 and user_id = $2 for update',
      [team, ana.id],
    )
    const outcomeOf = (work: Promise<unknown>) => work.then(() => 'done').catch((error: { code: string }) => error.code)
    const declined = outcomeOf(call(system, ana.id, 'public.decline_invitation($1)', [team]))
    await lock.awaited('decline_invitation')
    const accepted = outcomeOf(call(system, ana.id, 'public.accept_invitation($1)', [team]))
    await lock.awaited('accept_invitation')
    await lock.release()
    expect(await Promise.all([declined, accepted])).toEqual(['done', 'PT404'])
  })
})
