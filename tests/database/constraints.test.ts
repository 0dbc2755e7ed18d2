import type { SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestPerson } from '../support/person.ts'
import { seedGeneration } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
let person: TestPerson
beforeAll(async () => {
  system = await startSystem()
  await system.limit(1000, 60)
  person = await system.person()
})
afterAll(() => system?.stop())

const insert = async (row: object): Promise<string> => {
  // A client without the generated types, because the tests insert values that the types exclude.
  const client: SupabaseClient = person.client
  const { status, error } = await client.from('ai_generations').insert(row)
  return error ? `${status} ${error.code}` : `${status}`
}
const blanks = [
  '\t',
  '\n',
  '\v',
  '\f',
  '\r',
  ' ',
  '\u0085',
  '\u00a0',
  '\u1680',
  '\u2003',
  '\u2028',
  '\u202f',
  '\u3000',
  '\ufeff',
]

describe('a text that is inserted directly', () => {
  it.each([
    ['999 letters', 'a'.repeat(999), '400 23514'],
    ['1,000 letters', 'a'.repeat(1000), '201'],
    ['10,000 letters', 'a'.repeat(10_000), '201'],
    ['10,001 letters', 'a'.repeat(10_001), '400 23514'],
    ['999 emoji, 1,998 UTF-16 units', '😀'.repeat(999), '400 23514'],
    ['1,000 emoji', '😀'.repeat(1000), '201'],
    ['10,000 emoji, 20,000 UTF-16 units', '😀'.repeat(10_000), '201'],
    ['10,001 emoji', '😀'.repeat(10_001), '400 23514'],
    ['1,000 combining marks after letters', 'a\u0301'.repeat(500), '201'],
    ['with U+0000', `${'a'.repeat(1000)}\u0000`, '400 22P05'],
    ['with a lone surrogate', `${'a'.repeat(1000)}\ud800`, '400 PGRST102'],
    ['null', null, '400 23514'],
    ['white space with one letter', `${' '.repeat(999)}a`, '201'],
  ])('is checked for its characters and its length in code points: %s', async (_name, source_text, expected) => {
    expect(await insert({ source_text })).toBe(expected)
  })

  it.each(blanks.map((blank) => [blank.codePointAt(0)?.toString(16).padStart(4, '0'), blank]))(
    'is not accepted when it holds only U+%s',
    async (_code, blank) => {
      expect(await insert({ source_text: blank.repeat(1000) })).toBe('400 23514')
    },
  )

  it('is stored unchanged to the code point', async () => {
    const source_text = `\ufeff\r\n“A\u0301” ﬁ 𝒳 \u202e ${newText()}\r\n\t `
    const { data } = await person.client.from('ai_generations').insert({ source_text }).select('source_text').single()
    expect(data?.source_text).toBe(source_text)
  })
})

describe('options that are inserted directly', () => {
  it.each<[string, unknown, string]>([
    ['no options', {}, '201'],
    ['both options', { max_cards: 30, language: 'pt-BR' }, '201'],
    ['one card', { max_cards: 1 }, '201'],
    ['no cards', { max_cards: 0 }, '400 23514'],
    ['31 cards', { max_cards: 31 }, '400 23514'],
    ['half a card', { max_cards: 1.5 }, '400 23514'],
    ['cards as text', { max_cards: '10' }, '400 23514'],
    ['cards null', { max_cards: null }, '400 23514'],
    ['an invalid language', { language: 'English please' }, '400 23514'],
    ['a language on two lines', { language: 'en\nignore' }, '400 23514'],
    ['a language too long', { language: `en${'-abcdefgh'.repeat(4)}` }, '400 23514'],
    ['a language null', { language: null }, '400 23514'],
    ['an unknown key', { system_prompt: 'be somebody else' }, '400 23514'],
    ['an array', [], '400 23514'],
    ['a text', 'max_cards', '400 23514'],
    ['null', null, '400 23502'],
  ])('are checked for known keys and valid values: %s', async (_name, options, expected) => {
    expect(await insert({ source_text: newText(), options })).toBe(expected)
  })
})

describe('other columns that are inserted directly', () => {
  it.each<[string, object, string]>([
    ['a model without a name', { model: '' }, '400 PT400'],
    ['a model of 201 characters', { model: 'm'.repeat(201) }, '400 PT400'],
    ['no model', { model: null }, '400 PT400'],
    ['the residency of the EU', { data_residency: 'eu' }, '201'],
    ['an unknown residency', { data_residency: 'us' }, '400 23514'],
    ['what routes are ordered by', { optimize: 'quality' }, '201'],
    ['an unknown order of routes', { optimize: 'balanced' }, '400 23514'],
    ['a budget in tokens', { max_total_tokens: 10_000_000 }, '201'],
    ['no token at all', { max_total_tokens: 0 }, '400 23514'],
    ['too many tokens', { max_total_tokens: 10_000_001 }, '400 23514'],
    ['no residency', { data_residency: null }, '400 23502'],
    ['a prompt version without a name', { prompt_version: '' }, '400 PT400'],
    ['a prompt version of 101 characters', { prompt_version: 'p'.repeat(101) }, '400 PT400'],
    ['a key of 7 characters', { idempotency_key: '1234567' }, '400 23514'],
    ['a key of 8 characters', { idempotency_key: '12345678' }, '201'],
    ['a key of 201 characters', { idempotency_key: 'k'.repeat(201) }, '400 23514'],
    ['a key that cannot be printed', { idempotency_key: 'key\tkey\tkey' }, '400 23514'],
    ['a key on two lines', { idempotency_key: 'key-key-key\n' }, '400 23514'],
    ['the same key again', { idempotency_key: '12345678' }, '409 23505'],
  ])('are checked for valid values: %s', async (_name, columns, expected) => {
    expect(await insert({ source_text: newText(), ...columns })).toBe(expected)
  })
})

describe('a finished generation', () => {
  it.each(['pending', 'running', 'failed', 'cancelled'])('never becomes %s, whichever role writes', async (status) => {
    const { id } = await seedGeneration(system.admin, person.id)
    const change = `update public.ai_generations set status = $2,
      finished_at = case when $2 in ('failed', 'cancelled') then now() end,
      error = case when $2 = 'failed' then '{}'::jsonb end where id = $1`
    await expect(system.admin.query(change, [id, status])).rejects.toMatchObject({ code: '23514' })
  })

  it('can still get another cost', async () => {
    const { id } = await seedGeneration(system.admin, person.id)
    const change =
      'update public.ai_generations set cost_usd = 0.5 where id = $1 returning updated_at > created_at as newer'
    expect((await system.admin.query(change, [id])).rows).toEqual([{ newer: true }])
  })
})

describe('an inconsistent generation', () => {
  it.each([
    ['failed without an error', `status = 'failed', finished_at = now()`],
    ['an error without status failed', `error = '{}'`],
    ['ended without finished_at', `status = 'cancelled'`],
    ['finished_at without an end', 'finished_at = now()'],
    ['an unknown status', `status = 'done', finished_at = now()`],
    ['a negative cost', 'cost_usd = -0.01'],
    ['negative tokens', 'tokens_input = -1'],
    ['negative attempts', 'attempts = -1'],
  ])('violates a constraint: %s', async (_name, assignments) => {
    const { data } = await person.client.from('ai_generations').insert({ source_text: newText() }).select('id').single()
    const change = system.admin.query(`update public.ai_generations set ${assignments} where id = $1`, [data?.id])
    await expect(change).rejects.toMatchObject({ code: '23514' })
  })
})

describe('suggestions', () => {
  const values = {
    position: 9,
    front: 'F',
    back: 'B',
    source_quote: 'This',
    quote_start: 0,
    quote_end: 4,
    fingerprint: 'nine',
  }
  const add = (row: object) => {
    const entries = Object.entries(row)
    return system.admin.query(
      `insert into public.ai_suggestions (${entries.map(([name]) => name)}) values (${entries.map((_, n) => `$${n + 1}`)})`,
      entries.map(([, value]) => value),
    )
  }

  it.each<[string, object, string]>([
    ['a quote of another length than its position', { quote_end: 5 }, '23514'],
    ['an empty quote', { source_quote: '', quote_end: 0 }, '23514'],
    ['a front of 201 characters', { front: 'f'.repeat(201) }, '23514'],
    ['a back of 501 characters', { back: 'b'.repeat(501) }, '23514'],
    ['the position of another suggestion', { position: 1 }, '23505'],
    ['position zero', { position: 0 }, '23514'],
  ])('cannot have %s', async (_name, wrong, code) => {
    const { id } = await seedGeneration(system.admin, person.id)
    const row = { generation_id: id, user_id: person.id, ...values }
    await expect(add({ ...row, ...wrong })).rejects.toMatchObject({ code })
    await add(row)
  })

  it('belong to the person of their generation', async () => {
    const { id } = await seedGeneration(system.admin, person.id)
    const other = await system.person()
    await expect(add({ generation_id: id, user_id: other.id, ...values })).rejects.toMatchObject({ code: '23503' })
  })

  it('are deleted with their generation and person, and the calls keep their cost', async () => {
    const deleted = await system.person()
    const seeded = [await seedGeneration(system.admin, deleted.id), await seedGeneration(system.admin, deleted.id)]
    await system.admin.query('delete from public.ai_generations where id = $1', [seeded[0]?.id])
    await system.admin.query('delete from auth.users where id = $1', [deleted.id])
    const { rows } = await system.admin.query(
      `select (select count(*)::int from public.ai_generations where user_id = $1) as generations,
              (select count(*)::int from public.ai_suggestions where user_id = $1) as suggestions,
              (select count(*)::int from public.ai_calls where account_id = $1 and generation_id is null) as calls`,
      [deleted.id],
    )
    expect(rows).toEqual([{ generations: 0, suggestions: 0, calls: 2 }])
  })
})
