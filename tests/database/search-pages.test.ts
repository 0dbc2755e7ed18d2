import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asPerson } from '../support/as-person.ts'
import type { TestPerson } from '../support/person.ts'
import { setSearchTime } from '../support/search-time.ts'
import { type System, startSystem } from '../support/system.ts'

type Place = [string, string]
const Rows = z.array(z.object({ id: z.string(), created_at: z.string(), front: z.string().nullable() }))
const top: Place = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff']

let system: System
let ana: TestPerson
let eva: TestPerson
let ida: TestPerson
let kim: TestPerson

/**
 * Adds cards, the oldest half with parts of the word `abcde` and without it, except for the third. Every 500th has the
 * word `rarum`. `made` is when card n was made. The rows are written in the order of `order`.
 */
const addCards = (person: TestPerson, count: number, made: string, order: string) =>
  system.admin.query(
    `insert into public.cards (user_id, front, back, tags, created_at)
     select $1, case when n <= $2::int / 2 then 'abcd bcde vetus' || case when n = 3 then ' abcde' else '' end else 'nova' end || ' ' || n,
       case when n % 500 = 7 then 'rarum' else 'x' end, array[case when n <= $2::int / 2 then 'old' else 'new' end], ${made}
     from generate_series(1, $2::int) n order by ${order}`,
    [person.id, count],
  )

/** Ana's deck of a second and Eva's cards of a month lie in random order, Ida's are all of one time, Kim has few cards. */
beforeAll(async () => {
  system = await startSystem()
  ana = await system.person()
  eva = await system.person()
  ida = await system.person()
  kim = await system.person()
  const start = `timestamptz '2026-01-01'`
  const deck = `case when n <= 4000 then n * interval '0.25 milliseconds' else n * interval '7 minutes' end`
  await addCards(ana, 8000, `${start} + ${deck}`, 'hashint4(n)')
  await addCards(eva, 8000, `${start} + n * interval '5 minutes'`, 'hashint4(n)')
  await addCards(ida, 16_000, start, 'n')
  await addCards(kim, 2400, `${start} + n * interval '1 day'`, 'n')
  await system.admin.query('vacuum analyze public.cards')
})
afterAll(() => system?.stop())

const searches: [query: string | null, tag: string | null][] = [
  ['vetus', null],
  ['abcde', null],
  ['abcde vetus', null],
  ['vetus nova', null],
  ['rarum', null],
  ['nihil', null],
  ['7', null],
  [null, 'old'],
  ['rarum', 'old'],
]
const search = `select id, created_at::text, front from recto.search_cards($1, $2, $3, $4, $5) order by created_at desc, id desc`

/** The pages of a search, as a client follows them. */
const pagesOf = (by: TestPerson, query: string | null, tag: string | null, most: number) =>
  asPerson(system.supabase.adminUrl, by.id, async (client) => {
    const pageBehind = async (place: Place) =>
      Rows.parse((await client.query(search, [query, tag, ...place, most])).rows)
    const pages = [await pageBehind(top)]
    for (let last = pages[0]?.at(-1); last; last = pages.at(-1)?.at(-1))
      pages.push(await pageBehind([last.created_at, last.id]))
    return pages
  })

const cardsOf = (pages: z.output<typeof Rows>[]) => pages.flat().flatMap(({ id, front }) => (front === null ? [] : id))

/** The same cards by a look at every card. */
const plainly = async (by: TestPerson, query: string | null, tag: string | null) => {
  const { rows } = await system.admin.query(
    `select id from public.cards where user_id = $1 and ($3::text is null or tags @> array[$3])
       and (select coalesce(bool_and(search_text like '%' || w || '%'), true) from unnest(string_to_array(recto.fold_text($2), ' ')) w)
     order by created_at desc, id desc`,
    [by.id, query, tag],
  )
  return rows.map(({ id }) => id)
}

const findsAll = async (query: string | null, tag: string | null) => {
  for (const by of [ana, eva, ida, kim])
    expect(cardsOf(await pagesOf(by, query, tag, 300))).toEqual(await plainly(by, query, tag))
}

describe('pages of recto.search_cards', () => {
  it.each(searches)('have the cards that a look at every card finds, in its order: %s and the tag %s', findsAll)

  it.each(searches)(
    'read few cards where 16,000 cards are of one time, or lie in random order: %s and the tag %s',
    async (query, tag) => {
      for (const by of [ida, ana, eva])
        await asPerson(system.supabase.adminUrl, by.id, async (client) => {
          await client.query(search, [query, tag, ...top, 21])
          const { rows } = await client.query(
            `select seq_tup_read + idx_tup_fetch as read from pg_stat_xact_all_tables where relid = 'public.cards'::regclass`,
          )
          expect(Number(rows[0].read)).toBeLessThan(9000)
        })
    },
  )
})

describe('pages of recto.search_cards whose time is over at once', () => {
  beforeAll(() => setSearchTime(system.admin, '-1 s'))

  it.each(searches)('have the cards that a look at every card finds, in its order: %s and the tag %s', findsAll)

  it.each(searches)('are not more than 2,400 cards fill: %s and the tag %s', async (query, tag) => {
    const found = await plainly(kim, query, tag)
    expect((await pagesOf(kim, query, tag, 3000)).map((page) => cardsOf([page]))).toEqual(
      found.length > 0 ? [found, []] : [found],
    )
  })

  it('pass at least 500 cards each, and end with a place', async () => {
    const pages = await pagesOf(eva, 'abcde vetus', null, 21)
    expect(pages.length).toBeGreaterThan(2)
    expect(pages.length).toBeLessThan(8000 / 500)
    expect(pages[0]).toMatchObject([{ front: null }])
  })
})
