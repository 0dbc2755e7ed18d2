import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { whenOver } from '../support/generations.ts'
import { addMember, createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { daysAgo, seedDay } from '../support/usage-days.ts'
import { findingsInEachSize } from './axe.ts'
import { type ConsoleSystem, startConsole } from './console-system.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(async () => {
  web?.system.model.setScript([])
  await web?.check()
})
afterAll(() => web?.stop())

const personId = async (name: string) => (await web.person(name)).id

const submit = (name: string, text = newText(), more: object = {}) => web.submit(name, text, more)
/** A generation that fails, of this text. */
const submitFailing = async (name: string, body: Record<string, unknown> = {}) => {
  const marker = randomUUID()
  web.system.model.setScript([{ match: { text: marker }, content: '[]' }])
  const source_text = newText({ marker })
  const id = await submit(name, source_text, body)
  await whenOver(web.system, id)
  return { id, source_text }
}
const rowOf = async (id: string) =>
  (await web.system.admin.query('select * from public.ai_generations where id = $1', [id])).rows[0]

const open = (as: string, more: Parameters<ConsoleSystem['open']>[0] = {}) =>
  web.open({ as, path: '/history', ...more })
const run = (page: Page, id: string) => page.locator('.run', { has: page.locator(`a[href="#/generations/${id}"]`) })
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

describe('the history', () => {
  test('names the kind of what is no flashcards, and says where its result is read', async () => {
    const body = { kind: 'text', use_case: 'summary', input: 'The Vistula is the longest river in Poland.' }
    const { recto } = await web.person('kim')
    const sent = await recto.request<{ generation_id: string }>('ai/generations', { method: 'POST', body })
    const id = sent.generation_id
    await whenOver(web.system, id)
    const page = await open('kim')
    await run(page, id).getByText('Text', { exact: true }).waitFor()
    expect(await run(page, id).textContent()).not.toMatch(/card/)
    await run(page, id).locator('.run-when').press('Enter')
    await page.getByText(`GET /api/ai/generations/${id}/result`).waitFor()
    await page.getByText('Done', { exact: true }).waitFor()
    expect(await page.getByText('There are no cards.').count()).toBe(0)
    expect(await findingsInEachSize(page)).toEqual([])
  })

  test('says why a text failed, and leads to no result of what has none', async () => {
    const marker = randomUUID()
    web.system.model.setScript([{ match: { text: marker }, status: 400 }])
    const body = { kind: 'text', use_case: 'summary', input: `The Vistula ${marker} is a river.` }
    const { recto } = await web.person('tom')
    const { generation_id: id } = await recto.request<{ generation_id: string }>('ai/generations', {
      method: 'POST',
      body,
    })
    await whenOver(web.system, id)
    const page = await web.open({ as: 'tom', path: `/generations/${id}` })
    for (const words of ['The provider did not accept the request.', 'Tell the operator', (await rowOf(id)).request_id])
      await page.getByRole('alert').getByText(words).waitFor()
    expect(await page.getByText('/result').count()).toBe(0)
    expect(await findingsInEachSize(page)).toEqual([])
  })

  test('writes a cost in one line, also on a phone and with many digits', async () => {
    const id = await submit('zoe')
    await whenOver(web.system, id)
    await web.system.admin.query(`update public.ai_generations set cost_usd = 0.0000181 where id = $1`, [id])
    const page = await open('zoe', { width: 390, language: 'pl' })
    const cost = run(page, id).locator('dd').last()
    await cost.getByText('0,000018').waitFor()
    const box = await cost.boundingBox()
    expect(box?.height).toBeLessThan(30)
  })

  test('says of each generation what became of it, and leads to its cards and to what waits for a review', async () => {
    const done = await submit('ana')
    await whenOver(web.system, done)
    const failed = await submitFailing('ana')
    const page = await open('ana')
    const [first, second] = [run(page, failed.id), run(page, done)]
    await first.getByText('Failed').waitFor()
    const { request_id, error } = await rowOf(failed.id)
    // The id of the request is read beside the list.
    for (const words of ['None of the proposed cards', 'Try another text', error.code, request_id])
      await first.getByText(words).first().waitFor()
    const { suggestions_count } = await rowOf(done)
    const review = second.getByRole('link', { name: `Review ${suggestions_count} cards` })
    expect(await review.getAttribute('href')).toBe(`#/generations/${done}/review`)
    for (const words of ['Done', 'balanced', `${suggestions_count} cards`, 'US$0.0'])
      expect(await second.textContent()).toContain(words)
    expect(await page.locator('.run').count()).toBe(2)
    expect(await first.getByRole('link', { name: /Review/ }).count()).toBe(0)
    await second.locator('.run-when').press('Enter')
    await page.waitForURL(`**/#/generations/${done}`)
  })

  test('shows one state, also after a reload, and comes page by page', async () => {
    await seedDay(web.system.admin, { person: await personId('ben'), day: daysAgo(3), count: 55 })
    const page = await open('ben')
    await button(page, 'Show more').click()
    await expect.poll(() => page.locator('.run').count()).toBe(40)
    await button(page, 'Show more').click()
    await expect.poll(() => page.locator('.run').count()).toBe(55)
    await page.getByLabel('Show', { exact: true }).selectOption('Failed')
    await expect.poll(() => page.locator('.run').count()).toBe(11)
    await page.reload()
    await expect.poll(() => page.locator('.run .state.failed').count()).toBe(11)
    await page.getByLabel('Show', { exact: true }).selectOption('The model is writing')
    await page.getByText('None is in this state.').waitFor()
    await page.getByRole('link', { name: 'Show all' }).click()
    await expect.poll(() => page.locator('.run').count()).toBe(20)
  })

  test('of the own account and of a team are apart, and what others made cannot be changed', async () => {
    const [owner, member] = [await personId('cleo'), await personId('dan')]
    const team = await createTeam(web.system, owner, [], { shares: true })
    await addMember(web.system, owner, team, [member, 'member'])
    const [own, hers, his] = [
      await submit('dan'),
      await submit('cleo', newText(), { account_id: team }),
      await submit('dan', newText(), { account_id: team }),
    ]
    await Promise.all([own, hers, his].map((id) => whenOver(web.system, id)))
    const page = await open('dan')
    await run(page, own).getByText('Done').waitFor()
    expect(await page.locator('.run').count()).toBe(1)
    await page.getByLabel('Account', { exact: true }).selectOption('Night class')
    await run(page, hers).getByText('By another member').waitFor()
    expect(await run(page, hers).getByRole('button').count()).toBe(0)
    expect(await run(page, hers).getByRole('link').count()).toBe(1)
    await run(page, his).getByRole('button', { name: 'Delete' }).waitFor()
    expect(await page.locator('.run').count()).toBe(2)
    const stranger = await open('eva')
    await stranger.getByText('Nothing was generated for this account yet.').waitFor()
  })
})

describe('a generation', () => {
  test('is deleted after a question alone; an error says so and deletes nothing', async () => {
    const id = await submit('hana')
    await whenOver(web.system, id)
    const page = await open('hana')
    await run(page, id).getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByText('Cards that you accepted stay').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.route(`**/ai/generations/${id}`, (route) =>
      route.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'not_yours', title: 'No', status: 403, request_id: 'req-of-delete' }),
      }),
    )
    await run(page, id).getByRole('button', { name: 'Delete' }).click()
    await button(page, 'Delete for good').click()
    await page.getByRole('dialog').getByText('req-of-delete').waitFor()
    await page.unroute(`**/ai/generations/${id}`)
    expect(await rowOf(id)).toMatchObject({ id })
    await button(page, 'Delete for good').click()
    await page.getByText('Nothing was generated for this account yet.').waitFor()
    expect(await rowOf(id)).toBeUndefined()
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('H1')
  })

  test('that failed is asked for again with its text and options while it is stored; another text is not lost unasked', async () => {
    const options = { max_cards: 3, language: 'pt-BR' }
    const { id, source_text } = await submitFailing('ida', { model: 'fast', options })
    const page = await open('ida', { path: '/create' })
    await page.getByLabel('Your text').fill('What I am writing')
    await page.goto(`${web.api.url}/#/history`)
    await run(page, id).getByRole('button', { name: 'Same text again' }).click()
    await button(page, 'Cancel').click()
    await page.goto(`${web.api.url}/#/create`)
    await expect.poll(() => page.getByLabel('Your text').inputValue()).toBe('What I am writing')
    await page.goto(`${web.api.url}/#/history`)
    await run(page, id).getByRole('button', { name: 'Same text again' }).click()
    await button(page, 'Replace it').click()
    await expect.poll(() => page.getByLabel('Your text').inputValue()).toBe(source_text)
    const chosen = (label: string) => page.getByLabel(label, { exact: true }).locator('option:checked').textContent()
    await expect.poll(() => chosen('Model')).toBe('fast')
    expect(await chosen('Language of the cards')).toContain('Portuguese')
    expect(await page.getByLabel('At most so many cards').inputValue()).toBe('3')
    await page.getByRole('button', { name: 'Make cards' }).click()
    await page.waitForURL(/#\/generations\/[0-9a-f-]{36}$/)
    expect(await rowOf(page.url().slice(-36))).toMatchObject({ source_text, options, model: 'fast' })

    const forget = `update public.ai_generations set source_text = null, text_digest = '\\x00' where id = $1`
    await web.system.admin.query(forget, [id])
    await page.goto(`${web.api.url}/#/history`)
    await run(page, id).getByRole('button', { name: 'Same text again' }).click()
    await page.getByText('The text is not stored any more.').waitFor()
  })
})

test.each(['en', 'pl'] as const)(
  'axe finds nothing in %s, in both widths and themes and in each state',
  async (language) => {
    const name = `axe-${language}`
    const page = await open(name, { language, path: '/create' })
    const fits = async () => expect(await findingsInEachSize(page)).toEqual([])
    const held = Promise.withResolvers<void>()
    await page.route('**/ai/generations?*', async (route) => {
      await held.promise
      await route.continue()
    })
    await page.goto(`${web.api.url}/#/history`)
    await page.locator('.loading').waitFor()
    await fits()
    held.resolve()
    await page.locator('.empty').waitFor()
    await fits()
    await page.unroute('**/ai/generations?*')
    await seedDay(web.system.admin, { person: await personId(name), day: daysAgo(1), count: 5 })
    await page.reload()
    await page.locator('.run-note').first().waitFor()
    await fits()
    await page.locator('.run-actions .button').last().click()
    await page.locator('dialog').waitFor()
    await fits()
    await page.keyboard.press('Escape')
    await page.route('**/ai/generations?*', (route) => route.fulfill({ status: 404, body: 'gone' }))
    await page.locator('.list-head select').selectOption('cancelled')
    await page.locator('.note.error').waitFor()
    await fits()
  },
)
