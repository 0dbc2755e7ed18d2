import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cardOwner } from './card-owner.ts'
import { button, fronts, heading } from './cards-page.ts'
import { type ConsoleSystem, startConsole } from './console-system.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

const clientOf = (name: string) => cardOwner(web, name)
const open = (as: string, path = '/cards', more = {}) => web.open({ as, path, ...more })

describe('the list', () => {
  test('is searched without regard to case and accents, by tag, and stays so after a reload and on the way back', async () => {
    const recto = await clientOf('search')
    await recto.cards.add({ front: 'Które miasto leży nad Łódką?', back: 'Łódź', tags: ['geografia'] })
    await recto.cards.add({ front: 'ŻÓŁĆ', back: 'gdzie powstaje?', tags: ['biologia'] })
    await recto.cards.add({ front: 'Kto?', back: 'Ja', tags: ['biologia', 'łódka'] })
    await (await clientOf('other')).cards.add({ front: 'Łódź innej osoby', back: 'nie' })
    const page = await open('search')
    await expect.poll(() => fronts(page)).toEqual(['Kto?', 'ŻÓŁĆ', 'Które miasto leży nad Łódką?'])
    await page.getByLabel('Search').fill('zolc')
    await expect.poll(() => fronts(page)).toEqual(['ŻÓŁĆ'])
    await page.getByLabel('Search').fill('LODZ')
    await expect.poll(() => fronts(page)).toEqual(['Które miasto leży nad Łódką?'])
    expect(page.url()).toContain('#/cards?search=LODZ')
    await page.reload()
    await expect.poll(() => fronts(page)).toEqual(['Które miasto leży nad Łódką?'])
    expect(await page.getByLabel('Search').inputValue()).toBe('LODZ')
    await page.getByRole('link', { name: 'Create' }).click()
    await heading(page, 'Make cards of a text').waitFor()
    await page.goBack()
    await expect.poll(() => page.getByLabel('Search').inputValue()).toBe('LODZ')
    await page.getByLabel('Search').fill('')
    await page.getByRole('link', { name: 'łódka' }).click()
    await expect.poll(() => fronts(page)).toEqual(['Kto?'])
    expect(await page.getByLabel('Tag').inputValue()).toBe('łódka')
    await page.getByLabel('Tag').fill('geo')
    await page.getByText('No card matches.').waitFor()
    await page.getByRole('link', { name: 'Show all cards' }).click()
    await expect.poll(() => fronts(page)).toHaveLength(3)
    expect(await page.getByLabel('Tag').inputValue()).toBe('')
  })

  test('finds a card behind thousands that have the parts of its word, in pages that end early', async () => {
    const recto = await clientOf('behind')
    await web.system.admin.query(
      `insert into public.cards (user_id, front, back, created_at)
       select $1, case when n = 1 then 'vetetu' else 'vetus' end, n::text, now() - interval '1 day' + n * interval '1 s'
       from generate_series(1, 10000) n`,
      [recto.id],
    )
    const first = await recto.request<{ data: unknown[]; next_cursor: string | null }>('cards?search=vetetu')
    expect(first).toEqual({ data: [], next_cursor: expect.any(String) })
    const page = await open('behind', '/cards?search=vetetu')
    await expect.poll(() => fronts(page)).toEqual(['vetetu'])
    expect(await button(page, 'Show more').count()).toBe(0)
    const found: string[] = []
    for await (const { front } of recto.cards.list({ search: 'vetetu' })) found.push(front)
    expect(found).toEqual(['vetetu'])
  })

  test('has more pages', async () => {
    const { id } = await clientOf('pages')
    await web.system.admin.query(
      `insert into public.cards (user_id, front, back, created_at)
       select $1, 'card ' || n, 'back', now() + n * interval '1 ms' from generate_series(1, 105) n`,
      [id],
    )
    const page = await open('pages')
    await button(page, 'Show more').click()
    await expect.poll(() => fronts(page)).toHaveLength(100)
    await button(page, 'Show more').click()
    await expect.poll(() => fronts(page)).toHaveLength(105)
    expect(await button(page, 'Show more').count()).toBe(0)
    expect((await fronts(page)).at(-1)).toBe('card 1')
  })
})
