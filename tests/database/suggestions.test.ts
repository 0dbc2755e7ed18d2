import { afterAll, beforeAll, expect, test } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { countBlocks } from '../support/buffers.ts'
import type { TestPerson } from '../support/person.ts'
import { seedGeneration } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'
import { createTeam } from '../support/team.ts'

let system: System
let [owner, member]: TestPerson[] = []
let team: string
beforeAll(async () => {
  system = await startSystem()
  ;[owner, member] = [await system.person(), await system.person()]
  team = await createTeam(system, owner.id, [[member.id, 'member']], { shares: true })
  await seedGeneration(system.admin, member.id)
  await createHistory(6_000)
})
afterAll(() => system?.stop())

/** Inserts finished generations of the owner for the team, with a suggestion each, past every trigger but the one tested. */
const createHistory = async (count: number): Promise<void> => {
  const client = await system.admin.connect()
  try {
    await client.query("begin; set local session_replication_role = 'replica'")
    await client.query({
      text: `with history as (
          insert into public.ai_generations (user_id, account_id, source_text, status, attempts, finished_at)
          select $1, $2, repeat('The harbour. ', 80), 'succeeded', 1, now() from generate_series(1, $3) returning id
        )
        insert into public.ai_suggestions (generation_id, user_id, position, front, back, source_quote, quote_start, quote_end, fingerprint)
        select id, $1, 1, 'Front', 'Back', 'This', 0, 4, id from history`,
      values: [owner?.id, team, count],
    })
    await client.query('commit; analyze public.ai_generations; analyze public.ai_suggestions')
  } finally {
    client.release(true)
  }
}

test('a suggestion has the account and the time of its generation, whoever inserts it', async () => {
  const { rows } = await system.admin.query(
    `select count(*)::integer as suggestions, count(*) filter (where (s.account_id, s.written_at) = (g.account_id, g.created_at))::integer as alike
     from public.ai_suggestions s join public.ai_generations g on g.id = s.generation_id`,
  )
  expect(rows).toEqual([{ suggestions: 6_002, alike: 6_002 }])
})

test.each([
  ['of their own', `where user_id = $1 and status = 'proposed' order by created_at limit 20`, () => member?.id, 2],
  ['of the team', 'where account_id = $1 order by created_at limit 20', () => team, 20],
])(
  'a member of a sharing team reads suggestions %s without reading its history',
  async (_what, condition, whose, count) => {
    const { rows, blocks } = await asPerson(system.supabase.adminUrl, member?.id ?? '', (client) => {
      const text = `select id from public.ai_suggestions ${condition}`
      return countBlocks(client, { text, values: [whose()] })
    })
    expect(rows).toBe(count)
    expect(blocks).toBeLessThan(60)
  },
)
