import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { seedGeneration } from '../support/seed.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

const Row = z.looseObject({ id: z.string(), status: z.string(), created_at: z.string() })
const Page = z.object({ data: z.array(Row), next_cursor: z.string().nullable() })

describe('GET /api/ai/generations', () => {
  const pages = async (person: ApiPerson, query: string) => {
    const found = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { json } = await person.call('GET', `${generationsPath}?${query}${cursor && `&cursor=${cursor}`}`)
      const page = Page.parse(json)
      found.push(page.data)
      cursor = page.next_cursor
    }
    return found
  }

  it('is empty for a new person', async () => {
    const person = await apiSystem.person()
    expect((await person.call('GET', generationsPath)).json).toEqual({ data: [], next_cursor: null })
  })

  // Postgres omits the zeros at the end of a fraction of a second.
  it.each(['07.123456', '07.123450', '07.100000', '07.000000'])(
    'comes in pages, newest first, each row once though all are of second %s',
    async (second) => {
      const person = await apiSystem.person()
      const ids = []
      for (let n = 0; n < 7; n++) ids.push((await seedGeneration(apiSystem.system.admin, person.id)).id)
      const created_at = `2026-03-04T05:06:${second}Z`
      await apiSystem.system.admin.query('update public.ai_generations set created_at = $2 where user_id = $1', [
        person.id,
        created_at,
      ])
      const found = await pages(person, 'limit=3')
      expect(found.map((page) => page.length)).toEqual([3, 3, 1])
      expect(found.flat().map(({ id }) => id)).toEqual(ids.toSorted().reverse())
      expect(new Set(found.flat().map((row) => row.created_at))).toEqual(new Set([created_at]))
      expect(await pages(person, 'limit=7')).toHaveLength(1)
      expect((await pages(person, 'limit=1')).flat()).toEqual(found.flat())
    },
  )

  it('neither skips nor repeats a row when others are added or deleted between two pages', async () => {
    const person = await apiSystem.person()
    const ids = []
    for (let n = 0; n < 4; n++) ids.push((await seedGeneration(apiSystem.system.admin, person.id)).id)
    const first = Page.parse((await person.call('GET', `${generationsPath}?limit=2`)).json)
    expect(first.data.map(({ id }) => id)).toEqual([ids[3], ids[2]])
    await seedGeneration(apiSystem.system.admin, person.id)
    await person.call('DELETE', `${generationsPath}/${ids[2]}`)
    const second = Page.parse((await person.call('GET', `${generationsPath}?limit=2&cursor=${first.next_cursor}`)).json)
    expect(second.data.map(({ id }) => id)).toEqual([ids[1], ids[0]])
    expect(second.next_cursor).toBeNull()
  })

  it('has no texts and 20 rows by default', async () => {
    const person = await apiSystem.person()
    for (let n = 0; n < 21; n++) await seedGeneration(apiSystem.system.admin, person.id)
    const page = Page.parse((await person.call('GET', generationsPath)).json)
    expect(page.data).toHaveLength(20)
    expect(page.data.filter((row) => 'source_text' in row || 'user_id' in row || 'idempotency_key' in row)).toEqual([])
  })

  it('filters by status', async () => {
    const person = await apiSystem.person()
    const { id } = await seedGeneration(apiSystem.system.admin, person.id)
    const pending = idOf(await person.submit())
    expect((await pages(person, 'status=succeeded')).flat()).toMatchObject([{ id, status: 'succeeded' }])
    expect((await pages(person, 'status=pending&limit=1')).flat()).toMatchObject([{ id: pending }])
    expect((await pages(person, 'status=failed')).flat()).toEqual([])
  })

  const crafted = (text: string) => Buffer.from(text).toString('base64url')
  it.each([
    'limit=0',
    'limit=101',
    'limit=ten',
    'limit=1&limit=2',
    'limit=',
    'status=done',
    'status=pending&status=failed',
    'page=2',
    'cursor=',
    'cursor=nonsense',
    `cursor=${crafted('2026-03-04T05:06:07.123456Z no-uuid')}`,
    `cursor=${crafted(`2026-13-04T05:06:07.123456Z ${randomUUID()}`)}`,
    `cursor=${crafted(`0000-01-01T00:00:00.000000Z ${randomUUID()}`)}`,
    `cursor=${crafted(`2026-03-04T05:06:07.123456Z ${randomUUID()}\u0000`)}`,
    `cursor=${'a'.repeat(300)}`,
  ])('answers 400 for ?%s', async (query) => {
    expect(outcomeOf(await ana.call('GET', `${generationsPath}?${query}`))).toBe('400 invalid_request')
  })
})
