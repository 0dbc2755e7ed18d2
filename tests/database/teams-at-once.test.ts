import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRandom, type Random } from '../support/random.ts'
import { type System, startSystem } from '../support/system.ts'
import { createTeam } from '../support/team.ts'
import { newKeys } from '../support/webhook.ts'

const operations = 1_000
const atOnce = 12

let system: System
let people: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  people = new pg.Pool({ connectionString: system.supabase.adminUrl, max: atOnce })
})
afterAll(async () => {
  await people?.end()
  await system?.stop()
})

const roles = ['owner', 'admin', 'member'] as const

/** A call of a person, or the deletion of a person by Auth. */
type Operation = { by: string; text: string; values: unknown[] }

const addWebhook = `select recto.create_webhook($1, 'https://receiver.invalid/', '{budget.alert}', null, $2, $3, $4)`
const keys = newKeys()

const drawOperation = (random: Random, ids: readonly string[], teams: readonly string[]): Operation => {
  const [by, team, other, role] = [random.oneOf(ids), random.oneOf(teams), random.oneOf(ids), random.oneOf(roles)]
  return random.oneOf<Operation>([
    { by, text: 'select public.invite_member($1, $2, $3)', values: [team, other, role] },
    { by, text: 'select public.invite_member($1, $2, $3)', values: [team, other, role] },
    { by, text: 'select public.accept_invitation($1)', values: [team] },
    { by, text: 'select public.accept_invitation($1)', values: [team] },
    { by, text: 'select public.decline_invitation($1)', values: [team] },
    { by, text: 'select public.set_member($1, $2, $3)', values: [team, other, role] },
    { by, text: 'select public.remove_member($1, $2)', values: [team, other] },
    { by, text: 'select public.change_team($1, null, $2)', values: [team, random.chance(0.5)] },
    { by, text: addWebhook, values: [team, ...keys] },
    { by, text: 'select recto.begin_erasure()', values: [] },
    ...(random.chance(0.2) ? [{ by: '', text: 'delete from auth.users where id = $1', values: [other] }] : []),
  ])
}

/** Runs an operation in a transaction of its own. Returns the SQLSTATE of its error, or `done`. */
const outcomeOf = async ({ by, text, values }: Operation): Promise<string> => {
  const client = await people.connect()
  try {
    await client.query('begin')
    if (by) {
      await client.query('set local role authenticated')
      await client.query("select set_config('request.jwt.claims', $1, true)", [JSON.stringify({ sub: by })])
    }
    await client.query(text, values)
    await client.query('commit')
    return 'done'
  } catch (error) {
    await client.query('rollback')
    return error instanceof pg.DatabaseError ? String(error.code) : String(error)
  } finally {
    client.release()
  }
}

it('teams keep an owner, and nobody meets a deadlock, while people do everything at once', async () => {
  const ids = await Promise.all(Array.from({ length: 30 }, async () => (await system.person()).id))
  const teams = await Promise.all(ids.slice(0, 6).map((id) => createTeam(system, id)))
  const random = createRandom(10)
  const queue = Array.from({ length: operations }, () => drawOperation(random, ids, teams)).values()
  const outcomes: string[] = []
  const runAll = async () => {
    for (const operation of queue) outcomes.push(await outcomeOf(operation))
  }
  await Promise.all(Array.from({ length: atOnce }, runAll))

  expect([...new Set(outcomes)].filter((one) => !['done', 'PT401', 'PT403', 'PT404', 'PT409'].includes(one))).toEqual(
    [],
  )
  expect(outcomes.filter((one) => one === 'done').length).toBeGreaterThan(operations / 10)
  const wrong = await system.admin.query(
    `select a.id from public.accounts a where a.kind = 'team' and (
       exists (select from public.account_members m where m.account_id = a.id)
         <> exists (select from public.account_members m where m.account_id = a.id and m.role = 'owner')
       or exists (
         select from public.account_invitations i join public.account_members m using (account_id, user_id) where i.account_id = a.id
       ) or a.name = 'erased' and exists (select from public.webhook_endpoints e where e.account_id = a.id))`,
  )
  expect(wrong.rows).toEqual([])
})
