import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'
import { call, createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'

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

const query = (text: string, values: unknown[]) => system.admin.query(text, values)
const lockTeam = 'select from public.accounts where id = $1 for update'
const deletePerson = ({ id }: TestPerson) => query('delete from auth.users where id = $1', [id])

/** The outcome of works that may deadlock: Postgres ends one of them after deadlock_timeout, which is 1 s. */
const outcomesOf = async (...works: Promise<unknown>[]): Promise<string[]> =>
  (await Promise.allSettled(works)).map((one) => (one.status === 'fulfilled' ? 'done' : String(one.reason.message)))

describe('lock order of teams', () => {
  it('lets a person be deleted who is accepting an invitation, which then finds no person', async () => {
    const [team, other] = [await createTeam(system, ben.id), await createTeam(system, ben.id, [[ana.id, 'member']])]
    await call(system, ben.id, 'public.invite_member($1, $2, $3)', [team, ana.id, 'member'])
    const lock = await lockRow(system, lockTeam, [other])
    const deletion = deletePerson(ana)
    await lock.awaited('delete from auth.users')
    const acceptance = call(system, ana.id, 'public.accept_invitation($1)', [team])
    await lock.awaited('accept_invitation')
    await lock.release()
    expect(await outcomesOf(deletion, acceptance)).toEqual(['done', 'there is no such person'])
    expect((await query('select from public.account_invitations where user_id = $1', [ana.id])).rowCount).toBe(0)
  })

  it('lets two people be deleted of whom one has invited the other to a team of their own', async () => {
    // More than ten, because a loop in plpgsql locks the rows of ten teams before it looks at the first.
    const made = `insert into public.accounts (kind, name) select 'team', 'Class' from generate_series(1, 13) returning id`
    const teams: string[] = (await query(made, [])).rows.map(({ id }) => id).toSorted()
    const [own, shared, last] = [teams[0], teams[11], teams[12]]
    await query(
      `insert into public.account_members (account_id, user_id, role)
       select id, $2::uuid, 'owner' from unnest($1::uuid[]) as id union all select $3, $4, 'owner' union all select $5, $4, 'owner'`,
      [teams.slice(0, 12), ana.id, shared, ben.id, last],
    )
    await call(system, ana.id, 'public.invite_member($1, $2, $3)', [own, ben.id, 'member'])
    const lock = await lockRow(system, lockTeam, [last])
    const bens = deletePerson(ben)
    await lock.awaited('delete from auth.users')
    const anas = call(system, ana.id, 'recto.begin_erasure()')
    await lock.awaited('begin_erasure')
    await lock.release()
    expect(await outcomesOf(bens, anas)).toEqual(['done', 'done'])
    expect((await query('select from public.account_invitations where account_id = $1', [own])).rowCount).toBe(0)
  })
})

describe('lock order of erasures', () => {
  it('lets a person continue an erasure while retention does', async () => {
    await query(
      `insert into recto.spending (account_id, month, spent_usd) values ($1, recto.month_of(now() - interval '40 days'), 0.5)`,
      [ana.id],
    )
    await query(`insert into recto.erasures values ($1, now())`, [ana.id])
    const lock = await lockRow(system, 'select from recto.spending where account_id = $1 for update', [ana.id])
    const ending = call(system, ana.id, 'recto.continue_erasure(10)')
    await lock.awaited('continue_erasure')
    const retention = query('select * from recto.apply_retention(10)', [])
    await Promise.race([retention, lock.awaited('apply_retention')])
    await lock.release()
    expect(await outcomesOf(ending, retention)).toEqual(['done', 'done'])
    const spent = await query('select from recto.spending where account_id = $1', [ana.id])
    expect(spent.rowCount).toBe(0)
  })
})

describe('lock order of calls', () => {
  /** A generation of ana with three calls, whose rows are in the reverse order of their ids. */
  const seedCalls = async ({ open }: { open: boolean }) => {
    const inserted = await query(
      `insert into public.ai_generations (user_id, account_id, source_text, status, finished_at)
       values ($1, $1, $2, $3, $4) returning id`,
      [ana.id, newText(), open ? 'running' : 'succeeded', open ? null : new Date()],
    )
    const id: string = inserted.rows[0].id
    const calls = [1, 2, 3].map((n) => `${n}0000000-${crypto.randomUUID().slice(9)}`)
    for (const [n, call] of calls.toReversed().entries())
      await query(
        `insert into public.ai_calls (id, generation_id, user_id, account_id, attempt, provider, model, started_at, settle_after,
           outcome, finished_at, error)
         values ($1, $2, $3, $3, 1, 'p', 'm', now() + make_interval(secs => $4), case when $5 then now() + interval '1 hour' end,
           case when not $5 then 'ok' end, case when not $5 then now() end, '{}')`,
        [call, id, ana.id, n, open],
      )
    return { id, calls }
  }

  type Case = [what: string, open: boolean, statement: string, run: (id: string) => Promise<unknown>]
  const cases: Case[] = [
    [
      'a cancellation',
      true,
      'update public.ai_generations',
      (id) => query(`update public.ai_generations set status = 'cancelled', finished_at = now() where id = $1`, [id]),
    ],
    [
      'a deletion of a live generation',
      true,
      'delete from public.ai_generations',
      (id) => query('delete from public.ai_generations where id = $1', [id]),
    ],
    [
      'a deletion of an ended generation',
      false,
      'delete from public.ai_generations',
      (id) => query('delete from public.ai_generations where id = $1', [id]),
    ],
    ['a deletion of the person', true, 'delete from auth.users', () => deletePerson(ana)],
    ['an erasure that begins', true, 'begin_erasure', () => call(system, ana.id, 'recto.begin_erasure()')],
    [
      'an erasure that deletes',
      false,
      'erase_generations',
      () => query(`select recto.erase_generations($1, now() + interval '1 hour', 10)`, [ana.id]),
    ],
    [
      'an erasure that anonymises',
      false,
      'anonymise_calls',
      () => query(`select recto.anonymise_calls($1, now() + interval '1 hour', 10)`, [ana.id]),
    ],
  ]

  it.each(cases)('lets %s and a settlement of the same calls both end', async (_, open, statement, run) => {
    const { id, calls } = await seedCalls({ open })
    const lock = await lockRow(system, 'select from public.ai_calls where id = $1 for update', [calls[1]])
    const settlement = query('select recto.lock_spending($1)', [calls])
    await lock.awaited('lock_spending')
    const other = run(id)
    await lock.awaited(statement)
    await lock.release()
    expect(await outcomesOf(settlement, other)).toEqual(['done', 'done'])
  })
})
