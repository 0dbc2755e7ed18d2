import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { type System, startSystem } from '../support/system.ts'

const model = 'openai/gpt-oss-120b'

let system: System
let person: string
beforeAll(async () => {
  system = await startSystem()
  person = (await system.person()).id
  // The same model at two providers of the bundled catalog, and a model that the catalog no longer has.
  for (const [provider, name] of [
    ['openrouter', model],
    ['scaleway', 'gpt-oss-120b'],
    ['lab', 'lab/retired'],
  ]) {
    await system.admin.query(
      `insert into public.ai_calls (user_id, account_id, attempt, provider, model, outcome, tokens_input, cost_usd, latency_ms, finished_at)
       values ($1, $1, 1, $2, $3, 'ok', 100, 0.25, 40, now())`,
      [person, provider, name],
    )
  }
})
afterAll(() => system?.stop())

const joined = [
  { model: 'lab/retired', calls: 1, tokens_input: 100 },
  { model, calls: 2, tokens_input: 200 },
]

describe('usage by model', () => {
  it('has one row for a model, whatever its providers call it', async () => {
    const rows = await asPerson(system.supabase.adminUrl, person, async (client) => {
      const text = `select key as model, calls::integer, tokens_input::integer
        from recto.usage($1, current_date - 1, current_date + 1, 'model') where section = 'group' order by 1`
      return (await client.query(text, [person])).rows
    })
    expect(rows).toEqual(joined)
  })

  it('has one row for it in the views of operators', async () => {
    const text = `select model, sum(calls)::integer as calls, sum(tokens_input)::integer as tokens_input
      from operator.usage where account_id = $1 group by model order by 1`
    expect((await system.admin.query(text, [person])).rows).toEqual(joined)
  })

  it('keeps the id of a name that is no longer offered, and follows a changed one', async () => {
    const offer = (names: string[], ids: string[]) =>
      system.admin.query(`select recto.offer_names('{}', '{}', '{}', '{}', $1, $2)`, [names, ids])
    await offer(['lab/retired'], ['lab/old'])
    await offer([], [])
    await offer(['lab/retired'], ['lab/new'])
    const text = `select distinct model from operator.usage where account_id = $1 order by 1`
    expect((await system.admin.query(text, [person])).rows).toEqual([{ model: 'lab/new' }, { model }])
  })
})
