import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asPerson } from '../support/as-person.ts'
import type { TestPerson } from '../support/person.ts'
import { setSearchTime } from '../support/search-time.ts'
import { type System, startSystem } from '../support/system.ts'

type Place = [string, string]
const Row = z.object({ id: z.string(), created_at: z.string(), front: z.string().nullable() })
const Rows = z.array(Row)
const top: Place = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff']

const count = 16_000
let system: System
let ana: TestPerson
let ben: TestPerson
/**
 * Ana and Ben have cards of nine months: the oldest fifth made in one second, each later one a few minutes after the one
 * before. What is rare or old is in Ana's alone. The word `vetetu` is in one card, and its parts are in thousands.
 */
beforeAll(async () => {
  system = await startSystem()
  ana = await system.person()
  ben = await system.person()
  await system.admin.query(
    `insert into public.cards (user_id, front, back, tags, created_at)
     select p, case when n <= $2::int / 2 and p = $3 then 'vetus' else 'nova' end || ' ' || n || case when n <= 3 and p = $3 then ' rarum' else '' end || case when n = 2 and p = $3 then ' vetetu' else '' end,
       case when n <= $2::int / 2 and p = $3 then case when n % 2 = 0 then 'ペア 1x' else 'قديم 2x' end else '猫' end,
       array_remove(array['all', case when n <= $2::int / 2 then 'old' end, case when n <= 5 then 'rare' end, 'deck' || n % 40], null),
       timestamptz '2026-01-01' + greatest(n - $2::int / 5, 0) * interval '25 minutes' + case when n <= $2::int / 5 then n / 2 * interval '50 microseconds' else interval '1 second' end
     from unnest($1::uuid[]) p, generate_series(1, $2::int) n`,
    [[ana.id, ben.id], count, ana.id],
  )
  await system.admin.query('vacuum analyze public.cards')
})
afterAll(() => system?.stop())

const searches: [query: string | null, tag: string | null][] = [
  ...[
    'nova',
    'vetus',
    'rarum',
    'nihil',
    'v',
    'zz',
    '猫',
    'ペア',
    'قديم',
    'ة',
    '1',
    '1x',
    'ペア قديم',
    'vetus ペア',
    'vetetu',
    'vetetu nihil',
    'vetus قديم 2x v 12',
    'ペア 1x vetus v ة',
    '9',
    '123',
  ].map((query): [string, null] => [query, null]),
  ...['all', 'old', 'rare', 'deck7', 'none'].map((tag): [null, string] => [null, tag]),
  ['vetus', 'all'],
  ['vetus', 'old'],
  ['vetus', 'rare'],
  ['nova', 'old'],
  ['rarum', 'all'],
  ['قديم', 'deck7'],
  ['ペア', 'deck7'],
]

const search = `select id, created_at::text, front from recto.search_cards($1, $2, $3, $4, $5) order by created_at desc, id desc`

describe('recto.search_cards in 16,000 cards', () => {
  it.each(searches)(
    'finds the same by %s and the tag %s as a look at every card, page after page',
    async (query, tag) => {
      const found = await asPerson(system.supabase.adminUrl, ana.id, async (client) => {
        const pageBehind = async (place: Place, most: number) =>
          Rows.parse((await client.query(search, [query, tag, ...place, most])).rows)
        const pages = [await pageBehind(top, 400)]
        for (let last = pages[0]?.at(-1); last; last = pages.at(-1)?.at(-1))
          pages.push(await pageBehind([last.created_at, last.id], 400))
        return pages.flat().flatMap(({ id, front }) => (front === null ? [] : id))
      })
      const plain = await system.admin.query(
        `select id from public.cards where user_id = $1 and ($3::text is null or tags @> array[$3])
         and (select coalesce(bool_and(search_text like '%' || w || '%'), true) from unnest(string_to_array(recto.fold_text($2), ' ')) w)
       order by created_at desc, id desc`,
        [ana.id, query, tag],
      )
      expect(found).toEqual(plain.rows.map(({ id }) => id))
    },
  )

  it.each(searches)(
    'reads few cards for a page by %s and the tag %s, the first, a middle and the last one',
    async (query, tag) => {
      for (const place of [top, ['2026-06-01', top[1]], ['2026-01-01 00:00:00.02', top[1]]]) {
        const read = await asPerson(system.supabase.adminUrl, ana.id, async (client) => {
          await client.query(search, [query, tag, ...place, 21])
          const { rows } = await client.query(
            `select seq_tup_read + idx_tup_fetch as read from pg_stat_xact_all_tables where relid = 'public.cards'::regclass`,
          )
          return Number(rows[0].read)
        })
        // However many cards have the parts of a word, a page reads no more of them.
        expect(read, place[0]).toBeLessThan(query?.startsWith('vetetu') ? 9000 : 5000)
      }
    },
  )
})

it('recto.search_cards ends a page early when it has read enough, with the place where it goes on', async () => {
  await asPerson(system.supabase.adminUrl, ana.id, async (client) => {
    const pageBehind = async (place: Place) =>
      Rows.parse((await client.query(search, ['vetetu', null, ...place, 21])).rows)
    const [stop, ...others] = await pageBehind(top)
    if (!stop) throw new Error('the search ended')
    expect([stop.front, others]).toEqual([null, []])
    expect((await pageBehind([stop.created_at, stop.id])).length).toBeGreaterThan(0)
  })
})

describe('recto.search_cards in a deck of 4,000 cards that was imported within four seconds', () => {
  const deck = 4000
  let eva: TestPerson
  beforeAll(async () => {
    eva = await system.person()
    // The whole deck is looked through on one page, also on a busy machine.
    await setSearchTime(system.admin, '1 hour')
    await system.admin.query(
      `insert into public.cards (user_id, front, back, tags, created_at)
       select $1, case when n <= $2::int then 'antiquus' else 'novus' end || ' ' || n, case when n <= $2::int / 2 then 'serus' else 'x' end,
         case when n <= $2::int then array['import'] else '{}' end,
         timestamptz '2026-01-01' + case when n <= $2::int then n * interval '1 millisecond' else n * interval '5 minutes' end
       from generate_series(1, $2::int + 1000) n`,
      [eva.id, deck],
    )
    await system.admin.query('vacuum analyze public.cards')
  })

  it.each([
    ['antiquus', null],
    ['serus', null],
    [null, 'import'],
    ['serus', 'import'],
  ])(
    'finds the newest by %s and the tag %s, and reads the index of the deck at most a few times',
    async (query, tag) => {
      await asPerson(system.supabase.adminUrl, eva.id, async (client) => {
        const found = Rows.parse((await client.query(search, [query, tag, ...top, 21])).rows)
        const { rows } = await client.query(
          `select pg_stat_get_xact_tuples_returned('public.idx_cards_search'::regclass) as entries`,
        )
        expect(Number(rows[0].entries)).toBeLessThan(4 * deck)
        const newest = await client.query(
          `select id from public.cards where front like 'antiquus %' and ($1::text is distinct from 'serus' or back = 'serus')
         order by created_at desc, id desc limit 21`,
          [query],
        )
        expect(found.map(({ id }) => id)).toEqual(newest.rows.map(({ id }) => id))
      })
    },
  )
})
