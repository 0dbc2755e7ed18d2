import { randomUUID } from 'node:crypto'
import type { SupabaseClient } from '@supabase/supabase-js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import type { TestPerson } from '../support/person.ts'
import { seedGeneration } from '../support/seed.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let ana: TestPerson
let ben: TestPerson
/** Ana's client without the generated types, because the tests use columns that the types exclude. */
let db: SupabaseClient
beforeAll(async () => {
  system = await startSystem()
  ben = await system.person()
})
afterAll(() => system?.stop())
beforeEach(async () => {
  ana = await system.person()
  db = ana.client
})

const addCard = async (by: TestPerson, card: Record<string, unknown> = {}) => {
  const { data, error } = await by.client
    .from('cards')
    .insert({ front: 'Front', back: 'Back', ...card })
    .select()
    .single()
  if (error) throw error
  return data
}
const stored = async (id: string) =>
  (await system.admin.query('select * from public.cards where id = $1', [id])).rows[0]

describe('a person with supabase-js', () => {
  it('writes, changes and deletes cards of their own', async () => {
    const card = await addCard(ana, { tags: ['biology', 'Zellen'] })
    expect(card).toMatchObject({ user_id: ana.id, origin: 'manual', suggestion_id: null, source_quote: null })
    expect(card.updated_at).toBe(card.created_at)
    const changed = await db.from('cards').update({ front: 'New' }).eq('id', card.id).select().single()
    expect(changed.data).toMatchObject({ front: 'New', origin: 'manual', created_at: card.created_at })
    expect(Date.parse(changed.data.updated_at)).toBeGreaterThan(Date.parse(card.updated_at))
    const same = await db.from('cards').update({ front: 'New' }).eq('id', card.id).select().single()
    expect(same.data.updated_at).toBe(changed.data.updated_at)
    expect((await db.from('cards').delete().eq('id', card.id).select()).data).toHaveLength(1)
  })

  it('neither reads nor changes cards of others, nor links them to own suggestions', async () => {
    const card = await addCard(ben)
    await addCard(ana)
    const before = await stored(card.id)
    const owners = async (read: PromiseLike<{ data: { user_id: string }[] | null }>) =>
      (await read).data?.map(({ user_id }) => user_id)
    expect(await owners(db.from('cards').select())).toEqual([ana.id])
    expect(await owners(db.from('cards').select().eq('id', card.id))).toEqual([])
    expect(await owners(db.from('cards').update({ front: 'Mine' }).eq('id', card.id).select())).toEqual([])
    expect(await owners(db.from('cards').delete().eq('user_id', ben.id).select())).toEqual([])
    expect(await stored(card.id)).toEqual(before)
  })

  it('may not name any other column than front, back and tags', async () => {
    const { suggestionIds } = await seedGeneration(system.admin, ana.id)
    const card = await addCard(ana)
    const forged = {
      id: randomUUID(),
      user_id: ben.id,
      suggestion_id: suggestionIds[0],
      origin: 'ai',
      source_quote: 'This',
      created_at: '2020-01-01T00:00:00Z',
      updated_at: '2020-01-01T00:00:00Z',
      search_text: 'front back',
    }
    for (const [column, value] of Object.entries(forged)) {
      const row = { front: 'Front', back: 'Back', [column]: value }
      // A generated column is refused by its kind, everything else by the missing grant.
      const code = column === 'search_text' ? /^(42501|428C9)$/ : /^42501$/
      expect((await db.from('cards').insert(row)).error?.code, column).toMatch(code)
      expect((await db.from('cards').upsert({ ...row, id: card.id })).error?.code, column).toMatch(code)
      const update = await db
        .from('cards')
        .update({ [column]: value })
        .eq('id', card.id)
      expect(update.error?.code, column).toMatch(code)
    }
    const { error } = await db.from('ai_suggestions').update({ front: 'Mine' }).eq('id', suggestionIds[0])
    expect(error?.code).toBe('42501')
  })

  it.each([
    ['no front', { front: null }],
    ['an empty front', { front: '' }],
    ['a blank back', { back: ' \u3000\n' }],
    ['a front of 201 characters', { front: '😀'.repeat(201) }],
    ['a back of 501 characters', { back: 'x'.repeat(501) }],
    ['a back of a million characters', { back: 'x'.repeat(1_000_000) }],
    ['21 tags', { tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }],
    ['a tag of 51 characters', { tags: ['x'.repeat(51)] }],
    ['an empty tag', { tags: [''] }],
    ['a tag with a space', { tags: ['two words'] }],
    ['a tag with an ideographic space', { tags: ['two\u3000words'] }],
    ['a tag with a line break', { tags: ['a\nb'] }],
    ['a tag twice', { tags: ['a', 'a'] }],
    ['a tag that is null', { tags: ['a', null] }],
    ['no tags', { tags: null }],
    ['tags in tags', { tags: [['a'], ['b']] }],
  ])('cannot store a card with %s', async (_what, card) => {
    const { error } = await db.from('cards').insert({ front: 'Front', back: 'Back', ...card })
    expect(error?.code).toMatch(/^(23514|23502)$/)
    const kept = await addCard(ana)
    expect((await db.from('cards').update(card).eq('id', kept.id)).error?.code).toMatch(/^(23514|23502)$/)
  })
})

describe('the origin of a card', () => {
  it('tells by comparison with the suggestion whether the person changed what the model wrote', async () => {
    const { id, suggestionIds } = await seedGeneration(system.admin, ana.id)
    await db.rpc('review_suggestions', { decisions: [{ id: suggestionIds[0], action: 'accept' }] })
    const change = async (changes: Record<string, unknown>) => {
      const { data } = await db
        .from('cards')
        .update(changes)
        .eq('user_id', ana.id)
        .select('origin, suggestion_id')
        .single()
      return data
    }
    expect(await change({ tags: ['a'] })).toMatchObject({ origin: 'ai' })
    expect(await change({ front: 'Mine' })).toMatchObject({ origin: 'ai_edited' })
    expect(await change({ front: 'Front 1' })).toMatchObject({ origin: 'ai' })
    const before = await db.from('cards').select('updated_at').single()
    await system.admin.query('delete from public.ai_generations where id = $1', [id])
    expect((await db.from('cards').select('updated_at').single()).data).toEqual(before.data)
    expect(await change({ tags: [] })).toEqual({ origin: 'ai', suggestion_id: null })
    expect(await change({ back: 'Other' })).toEqual({ origin: 'ai_edited', suggestion_id: null })
  })
})

describe('the bound of cards per person, with two statements of many cards at once,', () => {
  const cards = (many: number) => Array.from({ length: many }, (_, n) => ({ front: `Front ${n}`, back: 'Back' }))
  const inserted = `insert into public.cards (user_id, front, back) select $1, n::text, 'Back' from generate_series(1, $2::integer) n`

  beforeEach(() => system.admin.query('update recto.settings set cards_per_person = 250'))
  afterEach(() => system.admin.query('update recto.settings set cards_per_person = 200000'))

  it('counts in the second what the first has added', async () => {
    const first = await lockRow(system, inserted, [ana.id, 150])
    const second = db
      .from('cards')
      .insert(cards(150))
      .then(({ error }) => error)
    await first.awaited('cards')
    await first.commit('select', [])
    expect(await second).toMatchObject({ code: 'PT403', details: '{"code": "plan_limit"}' })
  })

  it('holds up no review and no other person', async () => {
    const first = await lockRow(system, inserted, [ana.id, 150])
    expect((await db.from('cards').insert(cards(100))).error).toBeNull()
    expect((await ben.client.from('cards').insert(cards(150))).error).toBeNull()
    await first.release()
  })
})
