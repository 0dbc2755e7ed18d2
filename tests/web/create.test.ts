import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newText } from '../support/text.ts'
import { createWeakLink } from '../support/weak-link.ts'
import { axeFindings } from './axe.ts'
import { type ConsoleSystem, everyLook, startConsole } from './console-system.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

const open = (as: string, more: Parameters<ConsoleSystem['open']>[0] = {}) => web.open({ as, path: '/create', ...more })
const textOf = (page: Page) => page.getByLabel('Your text')
const submit = (page: Page) => page.getByRole('button', { name: 'Make cards' })
const accepted = (page: Page) => page.waitForURL(/#\/generations\/[0-9a-f-]{36}$/)

const generationsOf = async (name: string): Promise<number> => {
  const { id } = await web.system.supabase.addPerson(name)
  const counted = 'select count(*)::int as n from public.ai_generations where user_id = $1'
  return (await web.system.admin.query(counted, [id])).rows[0].n
}

describe('a text', () => {
  test('is counted in code points, and says what it lacks', async () => {
    const page = await open('count')
    await textOf(page).fill('😀'.repeat(990))
    await page.getByText('990 of 10,000 characters, 10 more are needed.').waitFor()
    await submit(page).click()
    await page.getByText('The text needs at least 1,000 characters.').waitFor()
    expect(await page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA')
    await textOf(page).fill('😀'.repeat(10_001))
    await page.getByText('10,001 of 10,000 characters, 1 too many.').waitFor()
  })

  test('comes from a file that is chosen or dropped, and a file that is no text says so', async () => {
    const page = await open('file')
    const file = { name: 'notes.md', mimeType: 'text/markdown', buffer: Buffer.from(`\uFEFF${'ż'.repeat(1500)}`) }
    await page.getByLabel('Choose a file').setInputFiles(file)
    await page.getByText('Took the text of notes.md.').waitFor()
    await page.getByText('1,500 of 10,000 characters.').waitFor()
    await page.getByLabel('Choose a file').setInputFiles({ ...file, buffer: Buffer.from([0x50, 0x4b, 0xff, 0]) })
    await page.getByText('This file is no text in UTF-8.').waitFor()
    expect(await textOf(page).inputValue()).toHaveLength(1500)
    await page.evaluate(`{
      const data = new DataTransfer()
      data.items.add(new File(['d'.repeat(1200)], 'dropped.txt'))
      document.querySelector('textarea').dispatchEvent(
        new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }))
    }`)
    await page.getByText('1,200 of 10,000 characters.').waitFor()
  })

  test('survives a reload, and is gone after the sign-out', async () => {
    const page = await open('draft')
    await textOf(page).fill('Draft of a text')
    await page.getByLabel('At most so many cards').fill('7')
    await page.reload()
    await expect.poll(() => textOf(page).inputValue()).toBe('Draft of a text')
    expect(await page.getByLabel('At most so many cards').inputValue()).toBe('7')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Continue as ana' }).waitFor()
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain('Draft')
  })
})

describe('before a submission', () => {
  test('the cost, the model and what is left are told', async () => {
    const page = await open('cost')
    await textOf(page).fill(newText())
    await page.getByText(/^About US\$0\.0/).waitFor()
    await page.getByText('It would start at once.').waitFor()
    await page.getByText('1,000 of 1,000').waitFor()
    await page.locator('option', { hasText: 'Usual (balanced)' }).waitFor({ state: 'attached' })
    await page.getByLabel('Model', { exact: true }).selectOption('fast')
  })

  test('nothing is stored', async () => expect(await generationsOf('cost')).toBe(0))
})

describe('a submission', () => {
  test('by keyboard leads to its generation with the options that were chosen', async () => {
    const page = await open('keys')
    await textOf(page).fill(newText())
    await page.getByLabel('At most so many cards').fill('4')
    await page.getByLabel('Language of the cards').selectOption('pl')
    await submit(page).press('Enter')
    await accepted(page)
    const { rows } = await web.system.admin.query('select options from public.ai_generations where id = $1', [
      page.url().slice(-36),
    ])
    expect(rows).toEqual([{ options: { max_cards: 4, language: 'pl' } }])
    await page.goBack()
    await expect.poll(() => textOf(page).inputValue()).toBe('')
  })

  test('whose answer is lost by a reload is sent again with its key, and makes one generation', async () => {
    const link = await createWeakLink(web.api)
    const page = await web.open({ as: 'lost', path: '/create', url: link.url })
    await textOf(page).fill(newText())
    link.set('lose')
    await submit(page).click()
    await expect.poll(() => generationsOf('lost')).toBe(1)
    link.set('pass')
    await page.reload()
    await accepted(page)
    expect(await generationsOf('lost')).toBe(1)
    link.stop()
  })

  test('that is still under way at the sign-out is never made for who signs in next, and leaves no text in the tab', async () => {
    const link = await createWeakLink(web.api)
    const page = await web.open({ as: 'leaving', path: '/create', url: link.url })
    const text = newText()
    await textOf(page).fill(text)
    link.set('refuse')
    await submit(page).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Or as somebody else').fill('arriving')
    await page.getByRole('button', { name: 'Continue', exact: true }).press('Enter')
    await page.getByText(/^arriving\./).waitFor()
    const refused: number[] = []
    page.on('response', (response) => {
      if (response.url().endsWith('/api/ai/generations')) refused.push(response.status())
    })
    link.set('pass')
    await expect.poll(() => refused).toEqual([401, 401])
    await page.reload()
    await page.getByText(/^arriving\./).waitFor()
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(text.slice(0, 100))
    expect([await generationsOf('arriving'), await generationsOf('leaving')]).toEqual([0, 0])
    link.stop()
  })

  test('that the API refuses says what is wrong at its field, with the request id', async () => {
    const page = await open('wrong')
    await textOf(page).fill(newText())
    await page.getByLabel('At most so many cards').fill('99')
    await submit(page).click()
    const note = page.getByRole('alert').filter({ hasText: 'Request id' }).last()
    await note.getByText('Something in this request is not valid.').waitFor()
    expect(await page.getByLabel('At most so many cards').getAttribute('aria-invalid')).toBe('true')
    expect(await generationsOf('wrong')).toBe(0)
  })

  test('over a limit says until when to wait, keeps the text, and shows that nothing is left', async () => {
    await web.system.limit(1, 3600)
    const page = await open('limit')
    await textOf(page).fill(newText())
    await submit(page).click()
    await accepted(page)
    await page.goto(`${web.api.url}/#/create`)
    const text = newText()
    await textOf(page).fill(text)
    await page.getByText('It would not be accepted now.').waitFor()
    await submit(page).click()
    await page.getByText('That was too much in a short time.').last().waitFor()
    await page.getByText(/^Wait until .*, and try again\.$/).waitFor()
    await page.getByText(/^0 of 1, again from /).waitFor()
    // A window begins with its first generation: it is no day and no month of the calendar.
    await page.getByText('Generations (60 minutes)', { exact: true }).waitFor()
    expect(await textOf(page).inputValue()).toBe(text)
    expect(await axeFindings(page)).toEqual([])
    await web.system.limit(1000, 60)
  })
})

test.each(everyLook)(
  'axe finds nothing at $width px in $language and $theme, empty, wrong and with a cost',
  async (look) => {
    const page = await open('axe', look)
    const [label = '', button = ''] =
      look.language === 'en' ? ['Your text', 'Make cards'] : ['Twój tekst', 'Zrób fiszki']
    await page.locator('.limit').first().waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: button }).click()
    await page.locator('.field-error').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.getByLabel(label).fill(newText())
    await page.locator('.cost').waitFor()
    expect(await axeFindings(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  },
)
