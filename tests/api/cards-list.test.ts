import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { type ApiPerson, type ApiSystem, startApiSystem } from './api-system.ts'
import { createCard, frontsOf, type Page, pageOf, cardsPath as path } from './card-calls.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
let ben: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ben = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())
beforeEach(async () => {
  ana = await apiSystem.person()
})

describe('GET /api/cards', () => {
  it('searches without regard to case and accents, with a tag, in pages without gaps', async () => {
    await apiSystem.system.admin.query(
      `insert into public.cards (user_id, front, back, tags)
       select $1, 'Gdzie leży Łódź ' || n, '日本', case when n % 2 = 0 then array['even'] else '{}' end from generate_series(1, 30) n`,
      [ana.id],
    )
    await createCard(ana, { front: 'Other' })
    await createCard(ben, { front: 'Łódź' })
    const all = await frontsOf(ana, '?search=lodz&limit=100')
    expect(new Set(all).size).toBe(30)
    const found: string[] = []
    let cursor: string | null = null
    do {
      const query = `?search=${encodeURIComponent('日本 LODZ')}&limit=7${cursor ? `&cursor=${cursor}` : ''}`
      const page: z.infer<typeof Page> = await pageOf(ana, query)
      found.push(...page.data.map(({ front }) => front))
      cursor = page.next_cursor
    } while (cursor)
    expect(found).toEqual(all)
    expect(await frontsOf(ana, '?tag=even&limit=100')).toHaveLength(15)
    expect(await frontsOf(ana, '?tag=even&search=lodz+30')).toEqual(['Gdzie leży Łódź 30'])
    expect(await frontsOf(ana, '?tag=Even')).toEqual([])
    expect((await pageOf(ana, '?limit=31')).next_cursor).toBeNull()
    expect((await frontsOf(ana, '?limit=1'))[0]).toBe('Other')
  })

  it.each([
    ...[
      'search=',
      'search=%20',
      'search=%00',
      `search=${'x'.repeat(201)}`,
      'tag=',
      'tag=a%20b',
      'limit=0',
      'limit=101',
    ],
    ...['cursor=x', 'cursor=', 'user_id=1', 'tag=a&tag=b'],
  ])('answers 400 to ?%s', async (query) => {
    expect(outcomeOf(await ana.call('GET', `${path}?${query}`))).toBe('400 invalid_request')
  })

  it.each(['%', '_', '\\', "' or 1=1 --", '%25%25', '()[]{}*+?.^$|', '\u064b'])(
    'takes %j for a text and not for a pattern',
    async (search) => {
      await createCard(ana, { front: 'plain words' })
      const found = await frontsOf(ana, `?search=${encodeURIComponent(search)}`)
      // A vowel sign alone is no text to search for.
      expect(found).toEqual(search === '\u064b' ? ['plain words'] : [])
    },
  )
})
