import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createAnkiCollection } from '../../api/src/cards/formats/testing/anki-collection.ts'
import { expireHeartbeat } from '../support/generations.ts'
import { writeSlowly } from '../support/slow-writer.ts'
import { createWeakLink } from '../support/weak-link.ts'
import { startWrittenModel, type WrittenModel } from '../support/written-model.ts'
import { type ConsoleSystem, startConsole } from './console-system.ts'
import { cards, text } from './pictures/example.ts'

let model: WrittenModel
let web: ConsoleSystem
beforeAll(async () => {
  model = await startWrittenModel()
  web = await startConsole({ worker: { OPENROUTER_BASE_URL: model.url } })
  web.system.onStop(model.stop)
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

/** What has the focus, as a screen reader names it. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(`(() => {
    const { activeElement: element } = document
    return element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent
  })()`)

/** Goes to a control by the Tab key alone. */
const tabTo = async (page: Page, name: string): Promise<void> => {
  await page
    .getByText(name, { exact: true })
    .or(page.getByLabel(name, { exact: true }))
    .first()
    .waitFor()
  for (let presses = 0; (await focused(page)).trim() !== name; presses += 1) {
    if (presses > 100) throw new Error(`the Tab key does not reach "${name}"`)
    await page.keyboard.press('Tab')
  }
}
const choose = async (page: Page, name: string): Promise<void> => {
  await tabTo(page, name)
  await page.keyboard.press('Enter')
}

const paste = async (page: Page, text: string): Promise<void> => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`)
  await page.keyboard.press('ControlOrMeta+V')
}

test.each<390 | 1280>([390, 1280])(
  'at %d px a text that is pasted becomes an Anki file by keyboard alone, while the worker is killed and the API restarted',
  async (width) => {
    const [marker, name] = [randomUUID(), `journey-${width}`]
    const writer = writeSlowly(
      model,
      marker,
      cards.map((card) => JSON.stringify(card)),
    )
    const api = await web.system.startApi(web.settings)
    const link = await createWeakLink(api)
    const page = await web.open({ as: name, path: '/create', width, url: link.url })

    await tabTo(page, 'Your text')
    await paste(page, `${text} generation-marker: ${marker}`)
    await choose(page, 'Make cards')
    await page.waitForURL(/generations/)
    const id = page.url().split('/').at(-1) ?? ''
    await page.locator('.card.provisional').nth(1).waitFor()
    web.worker.kill('SIGKILL')
    api.kill('SIGKILL')
    link.leadTo(web.api)
    web.worker = await web.system.startWorker({ OPENROUTER_BASE_URL: model.url })
    await expireHeartbeat(web.system, id)
    await expect.poll(writer.requests).toBe(2)
    writer.end()

    await choose(page, 'Review the cards')
    await page.getByText('0 of 8', { exact: true }).waitFor()
    await page.keyboard.press('e')
    await expect.poll(() => focused(page)).toBe('Question')
    await page.keyboard.insertText('Changed: ')
    await page.keyboard.press('Control+Enter')
    await page.getByText('1 of 8', { exact: true }).waitFor()
    await page.keyboard.press('r')
    await page.keyboard.press('4')
    for (let card = 3; card <= 8; card += 1) await page.keyboard.press('a')
    await page.getByText('7 cards accepted, 1 rejected.').waitFor()

    await choose(page, 'Export the cards of this text')
    const download = page.waitForEvent('download')
    await choose(page, 'Download')
    const file = await download
    expect(file.suggestedFilename()).toMatch(/\.apkg$/)
    const collection = createAnkiCollection()
    expect(collection.importPackage(new Uint8Array(await readFile(await file.path())))).toMatchObject({ added: 7 })
    const { recto } = await web.person(name)
    const fronts: string[] = []
    for await (const card of recto.cards.list()) fronts.push(card.front)
    const inAnki = [...collection.notes.values()].map(({ fields }) => fields[0])
    expect(inAnki.toSorted()).toEqual(fronts.toSorted())
    expect(fronts.filter((front) => front.includes('Changed: '))).toHaveLength(1)
    link.stop()
  },
  180_000,
)
