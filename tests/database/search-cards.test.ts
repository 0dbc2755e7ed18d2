import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asPerson } from '../support/as-person.ts'
import { countBlocks } from '../support/buffers.ts'
import type { TestPerson } from '../support/person.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let ana: TestPerson
let ben: TestPerson
beforeAll(async () => {
  system = await startSystem()
  ben = await system.person()
})
afterAll(() => system?.stop())
beforeEach(async () => {
  ana = await system.person()
})

const addCard = async (by: TestPerson, card: { front: string; back?: string; tags?: string[] }) => {
  await by.client
    .from('cards')
    .insert({ back: 'Back', ...card })
    .throwOnError()
}

describe('recto.search_cards', () => {
  const search = (by: TestPerson, query: string | null, tag: string | null = null): Promise<string[]> =>
    asPerson(system.supabase.adminUrl, by.id, async (client) => {
      const { rows } = await client.query(
        `select front from recto.search_cards($1, $2, 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 50)`,
        [query, tag],
      )
      return rows.map(({ front }) => front)
    })

  it.each([
    ['Gdzie leży Łódź?', 'lodz'],
    ['Zażółć gęślą jaźń', 'ZAZOLC GESLA'],
    ['Die Straße in Köln', 'strasse koln'],
    ['DIE STRASSE', 'straße'],
    ['Cafe\u0301', 'café'],
    ['Ærø und Œuvre', 'aero oeuvre'],
    ['İstanbul ılık', 'istanbul ilik'],
    ['猫はどこですか', '猫'],
    ['日本語の漢字', '漢字'],
    ['ｶﾀｶﾅ', 'カタカナ'],
    ['ガギグ', 'ガギ'],
    ['한국어를 배우다', '한국'],
    ['كِتَابٌ جَدِيدٌ', 'كتاب'],
    ['كتاب', 'كِتَابٌ'],
    ['أين المدرسة', 'اين المدرسه'],
    ['Ὀδυσσεύς', 'οδυσσευσ'],
    ['שָׁלוֹם', 'שלום'],
    ['100% of a_b \\ c', '100% a_b \\'],
    ['line\n\tbreak', 'line break'],
    ['soft\u00adhyphen zero\u200bwidth', 'softhyphen zerowidth'],
    ['Emoji 🧬 DNA', '🧬'],
  ])('finds %s by %s', async (front, query) => {
    await addCard(ana, { front })
    await addCard(ana, { front: 'Something else', back: '犬 كلب pies' })
    await addCard(ben, { front })
    expect(await search(ana, query)).toEqual([front])
  })

  it.each([
    ['カキク', 'ガ'],
    ['100 of a-b', '100%'],
    ['axb', 'a_b'],
    ['one two', 'one three'],
  ])('does not find %s by %s', async (front, query) => {
    await addCard(ana, { front })
    expect(await search(ana, query)).toEqual([])
  })

  it('reads few blocks for a page of the list and for a word of few cards, also with thousands of cards', async () => {
    await system.admin.query(
      `insert into public.cards (user_id, front, back, created_at)
       select p, 'Which enzyme has the number ' || n || '?', case when n % 2000 = 1 then 'Quastenflosser' else 'the usual one' end,
         -- Spans of time begin at multiples of 4, 16, 64, … seconds: where these cards lie among them is always the same.
         to_timestamp(26000 * 65536 + 45000) - make_interval(secs => 9000 - n)
       from unnest($1::uuid[]) p, generate_series(1, 6000) n`,
      [[ana.id, ben.id]],
    )
    await system.admin.query('vacuum analyze public.cards')
    const place = `'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'`
    const blocksOf = (text: string) =>
      asPerson(system.supabase.adminUrl, ana.id, (client) => countBlocks(client, { text }))
    const list = await blocksOf(
      `select * from public.cards where user_id = (select auth.uid()) and (created_at, id) < (${place})
       order by created_at desc, id desc limit 21`,
    )
    expect(list.rows).toBe(21)
    expect(list.blocks).toBeLessThan(60)
    const found = await blocksOf(`select * from recto.search_cards('quastenflosser', null, ${place}, 21)`)
    expect(found.rows).toBe(3)
    const walk = await blocksOf(
      `select * from public.cards where user_id = (select auth.uid()) and search_text like '%quastenflosser%'
       order by created_at desc, id desc`,
    )
    expect([walk.rows, found.blocks < walk.blocks / 1.5], `${found.blocks} of ${walk.blocks}`).toEqual([3, true])
  })

  it('finds every word in any order on either side, and only cards with the tag', async () => {
    await addCard(ana, { front: 'Cell wall', back: 'Cellulose', tags: ['bio'] })
    await addCard(ana, { front: 'Cell', back: 'Battery', tags: ['Bio', 'biology'] })
    expect(await search(ana, 'ulose WALL', 'bio')).toEqual(['Cell wall'])
    expect(await search(ana, 'cell')).toEqual(['Cell', 'Cell wall'])
    expect(await search(ana, null, 'bio')).toEqual(['Cell wall'])
    expect(await search(ana, null, 'cell')).toEqual([])
    expect(await search(ben, 'cell')).toEqual([])
  })

  it('finds cards behind the newest thousand, of the caller only, and in pages without gaps', async () => {
    await system.admin.query(
      `insert into public.cards (user_id, front, back, tags, created_at)
       select p, 'Card ' || n, case when n % 100 = 0 then 'seltenes Wörtchen 猫' else 'usual' end,
         case when n <= 300 then array['old'] else '{}' end, now() - make_interval(secs => 4000 - n)
       from unnest($1::uuid[]) p, generate_series(1, 3000) n`,
      [[ana.id, ben.id]],
    )
    const expected = Array.from({ length: 30 }, (_, n) => `Card ${3000 - n * 100}`)
    for (const query of ['SELTENES', 'wortchen seltenes', '猫']) expect(await search(ana, query)).toEqual(expected)
    expect(await search(ana, null, 'old')).toEqual(Array.from({ length: 50 }, (_, n) => `Card ${300 - n}`))
    expect(await search(ana, 'selten', 'old')).toEqual(['Card 300', 'Card 200', 'Card 100'])
    expect(await search(ana, 'Card 7')).toHaveLength(50)
    expect(await search(ana, 'usual wortchen')).toEqual([])
  })
})

it.each([
  ['a short word', ['kot'], ['kot']],
  ['a word', ['abcde'], ['abc', 'cde']],
  ['a long word', ['internationalis'], ['int', 'ern', 'ati', 'ona']],
  ['two words', ['vetus', 'machina'], ['mac', 'vet', 'tus', 'hin']],
  ['five words, longer before shorter', ['in', '猫', 'novus', 'vetus', 'machinae'], ['mac', 'nov', 'vet', '猫']],
  ['two letters', ['a', '猫'], ['a', '猫']],
  ['a letter, a digit and a word', ['a', '7', 'vetus'], ['vet', 'tus', '7']],
  ['a word and a shorter one of its letters', ['machina', 'mac'], ['mac', 'hin', 'ina']],
])(
  'recto.query_keys are of at most four parts of a search, of as many of its words as possible: %s',
  async (_, words, parts) => {
    const { rows } = await system.admin.query(
      `select recto.query_keys($1, $2, '{}') as keys,
       array(select key from unnest($3::text[]) part, unnest(recto.query_keys($1, array[part], '{}')) key) as parts`,
      [ben.id, words, parts],
    )
    expect([...rows[0].keys].sort()).toEqual([...rows[0].parts].sort())
  },
)
