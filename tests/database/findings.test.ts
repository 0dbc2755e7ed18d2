import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestPerson } from '../support/person.ts'
import { findingRow, seedReview } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'
import { createTeam } from '../support/team.ts'

let system: System
let ana: TestPerson
let ben: TestPerson
beforeAll(async () => {
  system = await startSystem()
  ;[ana, ben] = [await system.person(), await system.person()]
})
afterAll(() => system?.stop())

const add = (row: object) => {
  const columns = Object.keys(row)
  return system.admin.query(
    `insert into public.ai_findings (${columns}) values (${columns.map((_, n) => `$${n + 1}`)})`,
    Object.values(row),
  )
}

describe('findings', () => {
  it.each<[string, object, string]>([
    ['the position of another finding', { position: 1 }, '23505'],
    ['the fingerprint of another finding', { fingerprint: 'f1' }, '23505'],
    ['position zero', { position: 0 }, '23514'],
    ['line zero', { start_line: 0, end_line: 1 }, '23514'],
    ['fewer lines than the quote', { end_line: 2 }, '23514'],
    ['more lines than the quote', { end_line: 4 }, '23514'],
    ['an empty quote', { quote: '', end_line: 2 }, '23514'],
    ['an unknown category', { category: 'taste' }, '23514'],
    ['an unknown level', { level: 'fatal' }, '23514'],
    ['a title of 81 characters', { title: 't'.repeat(81) }, '23514'],
    ['a message of 1001 characters', { message: 'm'.repeat(1001) }, '23514'],
    ['a path of 301 characters', { path: 'p'.repeat(301) }, '23514'],
    ['a reason although it is not rejected', { reject_reason: 'wrong' }, '23514'],
    ['an unknown reason', { status: 'rejected', reject_reason: 'too_easy', reviewed_at: new Date() }, '23514'],
    ['a decision without its time', { status: 'accepted' }, '23514'],
    ['the person of another generation', { user_id: '00000000-0000-4000-8000-000000000000' }, '23503'],
  ])('cannot have %s', async (_what, wrong, code) => {
    const { id } = await seedReview(system.admin, ana.id)
    const row = { generation_id: id, user_id: ana.id, ...findingRow, position: 2, fingerprint: 'f2' }
    await expect(add({ ...row, ...wrong })).rejects.toMatchObject({ code })
    await add(row)
  })

  it('have the account and the time of their generation', async () => {
    const { id } = await seedReview(system.admin, ana.id)
    const { rows } = await system.admin.query(
      `select f.account_id = g.account_id and f.written_at = g.created_at as alike
       from public.ai_findings f join public.ai_generations g on g.id = f.generation_id where g.id = $1`,
      [id],
    )
    expect(rows).toEqual([{ alike: true }])
  })

  it('are deleted with their generation and with their person', async () => {
    const gone = await system.person()
    const reviews = [await seedReview(system.admin, gone.id), await seedReview(system.admin, gone.id)]
    const left = async () =>
      (await system.admin.query('select id from public.ai_findings where user_id = $1', [gone.id])).rows.length
    expect(await left()).toBe(2)
    await system.admin.query('delete from public.ai_generations where id = $1', [reviews[0]?.id])
    expect(await left()).toBe(1)
    await system.admin.query('delete from auth.users where id = $1', [gone.id])
    expect(await left()).toBe(0)
  })

  it('of a team are read by its members only while it shares texts', async () => {
    const [owner, member] = [await system.person(), await system.person()]
    const sharing = await createTeam(system, owner.id, [[member.id, 'member']], { shares: true })
    const silent = await createTeam(system, owner.id, [[member.id, 'member']])
    const [shared] = [
      await seedReview(system.admin, owner.id, sharing),
      await seedReview(system.admin, owner.id, silent),
    ]
    const read = async ({ client }: TestPerson) => (await client.from('ai_findings').select('id')).data
    expect(await read(member)).toEqual([{ id: shared.findingId }])
    expect(await read(owner)).toHaveLength(2)
    expect(await read(ben)).toEqual([])
  })

  it('are read with their generation by one request through PostgREST', async () => {
    const alone = await system.person()
    const { id, findingId } = await seedReview(system.admin, alone.id)
    const { data } = await alone.client.from('ai_generations').select('id, output, ai_findings(id, path, start_line)')
    expect(data).toEqual([
      { id, output: { summary: 'One remark.' }, ai_findings: [{ id: findingId, path: 'src/add.ts', start_line: 2 }] },
    ])
  })
})
