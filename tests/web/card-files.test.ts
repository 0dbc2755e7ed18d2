import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createAnkiCollection } from '../../api/src/cards/formats/testing/anki-collection.ts'
import { seedGeneration } from '../support/seed.ts'
import { createWeakLink } from '../support/weak-link.ts'
import { findingsInEachSize } from './axe.ts'
import { cardOwner } from './card-owner.ts'
import { button, dialog, fronts, heading } from './cards-page.ts'
import { type ConsoleSystem, startConsole } from './console-system.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

const clientOf = (name: string) => cardOwner(web, name)
const open = (as: string, path = '/cards', more = {}) => web.open({ as, path, ...more })

describe('an export', () => {
  const download = async (page: Page) => {
    const [file] = await Promise.all([page.waitForEvent('download'), button(page, 'Download').click()])
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) }
  }

  test('is a package that Anki takes, of all cards or of a tag, and each format has its name', async () => {
    const recto = await clientOf('exports')
    await recto.cards.add({ front: 'Łódź?', back: 'Tak', tags: ['łódź'] })
    await recto.cards.add({ front: 'Other', back: 'b' })
    await (await clientOf('elsewhere')).cards.add({ front: 'Not this', back: 'b' })
    const page = await open('exports')
    const day = await page.evaluate<string>(`new Intl.DateTimeFormat('sv').format(new Date())`)
    await button(page, 'Export').click()
    const all = await download(page)
    expect(all.name).toBe(`recto-cards-${day}.apkg`)
    const collection = createAnkiCollection()
    expect(collection.importPackage(all.bytes)).toMatchObject({ added: 2 })
    await page.getByText(`recto-cards-${day}.apkg is downloaded.`).waitFor()
    await page.getByLabel('Tag').fill('łódź')
    await expect.poll(() => fronts(page)).toEqual(['Łódź?'])
    for (const [format, extension] of [
      ['anki', 'txt'],
      ['csv', 'csv'],
      ['json', 'json'],
      ['markdown', 'md'],
    ] as const) {
      await button(page, 'Export').click()
      await page.getByLabel('Format').selectOption(format)
      const { name, bytes } = await download(page)
      expect(name).toBe(`recto-cards-łódź-${day}.${extension}`)
      expect(bytes.toString()).toContain('Łódź?')
      expect(bytes.toString()).not.toContain('Other')
    }
  })

  test('of a generation has its cards alone, and says when there are none', async () => {
    const recto = await clientOf('generation')
    await recto.cards.add({ front: 'Of no generation', back: 'b' })
    const { id, suggestionIds } = await seedGeneration(web.system.admin, recto.id)
    const page = await open('generation', `/cards?generation_id=${id}`)
    await page.getByLabel('Only the cards of this generation').waitFor()
    await button(page, 'Download').click()
    await page.getByText('There is no such card to export.').waitFor()
    await recto.request(`ai/suggestions/${suggestionIds[0]}`, { method: 'PATCH', body: { action: 'accept' } })
    await page.getByLabel('Format').selectOption('json')
    const { name, bytes } = await download(page)
    expect(name).toContain(`recto-cards-${id.slice(0, 8)}-`)
    expect(JSON.parse(bytes.toString()).data).toMatchObject([{ front: 'Front 1' }])
    await expect.poll(() => page.url()).toBe(`${web.api.url}/#/cards`)
  })

  test('that takes long says so, and is cancelled by a button', async () => {
    const recto = await clientOf('long')
    await recto.cards.add({ front: 'F', back: 'b' })
    const link = await createWeakLink(web.api)
    const page = await open('long', '/cards?open=export', { url: link.url })
    await heading(page, 'Export cards').waitFor()
    await page.getByText('F', { exact: true }).waitFor({ state: 'attached' })
    link.set('hold')
    await button(page, 'Download').click()
    await page.getByText('The file is being made …').waitFor()
    await button(page, 'Cancel').click()
    await page.getByText('The export was cancelled.').waitFor()
    link.set('pass')
    expect((await download(page)).name).toMatch(/\.apkg$/)
    link.stop()
  })
})

describe('an import', () => {
  const choose = (page: Page, name: string, content: string | Buffer) =>
    page
      .getByLabel('Choose a file')
      .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) })
  const count = (page: Page, of: string) => page.locator('.counts div', { hasText: of }).locator('dd').textContent()

  test('shows its mistakes by line and stores nothing, and then what it would change, before it does', async () => {
    const recto = await clientOf('imports')
    const own = await recto.cards.add({ front: 'old', back: 'b' })
    const other = await clientOf('others')
    await other.cards.add({ front: 'new 1', back: 'b' })
    const page = await open('imports')
    await button(page, 'Import').click()
    await choose(page, 'cards.csv', `front,back\ngood,card\n,no front\ngood,${'x'.repeat(501)}\n`)
    await page.getByText('2 mistakes in cards.csv').waitFor()
    await page.getByText('Nothing can be imported while the file has mistakes. Mend it and choose it again.').waitFor()
    expect(await page.locator('.issues li').allTextContents()).toEqual([
      'Line 3: front must not be blank',
      'Line 4: back has 501 characters, and may have 500',
    ])
    expect(await button(dialog(page), 'Import').count()).toBe(0)
    await choose(page, 'cards.csv', `id,front,back\n${own.id},changed,b\n,new 1,b\n,new 2,b\n`)
    await page.getByText('cards.csv would change this:').waitFor()
    expect([await count(page, 'New'), await count(page, 'Changed')]).toEqual(['2 cards', '1 card'])
    expect(await recto.fronts()).toEqual(['old'])
    await dialog(page).getByRole('button', { name: 'Import' }).click()
    await page.getByText('Imported: 2 new, 1 changed.').waitFor()
    await expect.poll(async () => (await fronts(page)).toSorted()).toEqual(['changed', 'new 1', 'new 2'])
    expect(await other.fronts()).toEqual(['new 1'])
  })

  test('takes a text of Anki that is dropped anywhere on the view, and a file in another format when told so', async () => {
    const recto = await clientOf('drops')
    const page = await open('drops')
    await page.getByText('You have no cards yet.').waitFor()
    await page.evaluate(`{
      const data = new DataTransfer()
      data.items.add(new File(['#separator:tab\\n#tags column:3\\nKto?\\tJa\\tłódź a\\n'], 'deck.txt'))
      document.querySelector('main h1').dispatchEvent(
        new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }))
    }`)
    await page.getByText('deck.txt would change this:').waitFor()
    await dialog(page).getByRole('button', { name: 'Import' }).press('Enter')
    await page.getByText('Imported: 1 new, 0 changed.').waitFor()
    expect(await recto.all()).toMatchObject([{ front: 'Kto?', back: 'Ja', tags: ['łódź', 'a'] }])
    await button(page, 'Import').click()
    await choose(page, 'table.dat', 'front,back\nA,B\n')
    await page.getByText('2 mistakes in table.dat').waitFor()
    await page.getByLabel('Read it as').selectOption('csv')
    await page.getByText('table.dat would change this:').waitFor()
    await choose(page, 'Deck.apkg', 'PK')
    await page.getByText('This is a package of Anki.').waitFor()
    expect(await page.getByText('table.dat would change this:').count()).toBe(0)
    expect(await recto.fronts()).toEqual(['Kto?'])
  })
})

describe.each(['en', 'pl'] as const)('in %s, at both widths and in both themes, axe finds nothing', (language) => {
  let page: Page
  const goTo = async (path: string, then: string) => {
    await page.goto(`${web.api.url}/#${path}`)
    await page.locator(then).first().waitFor()
  }

  test('in the list, while it loads, empty, wrong, filled and without a match', async () => {
    const recto = await clientOf(`axe-${language}`)
    page = await open(`axe-${language}`, '/create', { language })
    const held = Promise.withResolvers<void>()
    await page.route('**/api/cards?*', async (route) => {
      await held.promise
      await route.continue()
    })
    await goTo('/cards', '.loading')
    expect(await findingsInEachSize(page)).toEqual([])
    held.resolve()
    await page.locator('.empty').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    await goTo('/cards?tag=a%20b', '.note.error')
    expect(await findingsInEachSize(page)).toEqual([])
    await web.system.admin.query(
      `insert into public.cards (user_id, front, back, origin, source_quote, tags)
       values ($1, 'How many pages?', '1,286', 'ai_edited', 'Its two volumes hold 1,286 pages.', '{gutenberg}')`,
      [recto.id],
    )
    await recto.cards.add({ front: 'ما هي عاصمة مصر؟', back: 'x'.repeat(400), tags: ['y'.repeat(50), 'geografia'] })
    await page.reload()
    await goTo('/cards', '.card')
    expect(await findingsInEachSize(page)).toEqual([])
    await goTo('/cards?search=nothing&tag=geografia', '.empty')
    expect(await findingsInEachSize(page)).toEqual([])
  })

  test('in a dialog that is wrong, asks which of two versions stays, or whether a card goes', async () => {
    const recto = await clientOf(`axe-dialogs-${language}`)
    const card = await recto.cards.add({ front: 'Front', back: 'Back', tags: ['a'] })
    page = await open(`axe-dialogs-${language}`, '/cards?open=new', { language })
    await page.locator('dialog button[type=submit]').click()
    await page.locator('.field-error').first().waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    await goTo(`/cards?open=${card.id}`, 'textarea')
    await page.locator('textarea').last().fill('typed here')
    await recto.cards.change(card, { back: 'typed there' })
    await page.locator('dialog button[type=submit]').click()
    await page.locator('.versions section').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.locator('.card strong').waitFor()
    await goTo(`/cards?open=${card.id}`, '.versions')
    await page.locator('dialog .row .button').last().click()
    await page.locator('.toast').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    await page.locator('.card').last().locator('.button').last().click()
    await page.locator('dialog .danger').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
  })

  test('in the export and the import, with and without mistakes', async () => {
    await (await clientOf(`axe-files-${language}`)).cards.add({ front: 'Front', back: 'Back' })
    page = await open(`axe-files-${language}`, '/cards?open=export&tag=none', { language })
    await page.locator('dialog button[type=submit]').click()
    await page.locator('.field-error').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    const held = Promise.withResolvers<void>()
    await page.route(/\/api\/cards\/(?:export|import)\?/, async (route) => {
      await held.promise
      await route.continue()
    })
    await page.locator('dialog .field input').fill('')
    await page.locator('dialog button[type=submit]').click()
    await page.locator('dialog form [role=status]').getByText('…').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    await page.locator('dialog form .row .button').last().click()
    await page.locator('dialog form [role=status]').getByText('.').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    await goTo('/cards?open=import', 'input[type=file]')
    const choose = (content: string) =>
      page
        .locator('input[type=file]')
        .setInputFiles({ name: 'cards.csv', mimeType: 'text/csv', buffer: Buffer.from(content) })
    await choose('front,back\na,b\n')
    await page.locator('dialog [role=status]').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    held.resolve()
    await page.locator('.counts').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    await choose(`front,back\n${',b\n'.repeat(40)}`)
    await page.locator('.issues').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    if (language === 'pl') await page.getByText('Wiersz 2: przód nie może być pusty').waitFor()
  })
})
