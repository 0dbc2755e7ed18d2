import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newText } from '../support/text.ts'
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

const submit = (name: string, text = newText()) => web.submit(name, text)
const rowOf = async (id: string) =>
  (await web.system.admin.query('select * from public.ai_generations where id = $1', [id])).rows[0]

const open = (as: string) => web.open({ as, path: '/history' })
const run = (page: Page, id: string) => page.locator('.run', { has: page.locator(`a[href="#/generations/${id}"]`) })
describe('a live generation', () => {
  test('is followed to its end without a reload, and nothing is asked when none is live or the tab is hidden', async () => {
    const marker = randomUUID()
    web.system.model.setScript([{ match: { text: marker }, first_token_ms: 9_000 }])
    const id = await submit('finn', newText({ marker }))
    const page = await open('finn')
    await run(page, id).getByText('The model is writing').waitFor()
    await run(page, id).getByText('Done').waitFor()
    await run(page, id)
      .getByRole('link', { name: /Review \d+ cards/ })
      .waitFor()

    let asked = 0
    page.on('request', (request) => void (request.url().includes('/ai/generations?') && asked++))
    await page.clock.install()
    await page.clock.runFor(60_000)
    expect(asked).toBe(0)
    const other = randomUUID()
    web.system.model.setScript([{ match: { text: other }, hang: 'headers' }])
    const live = await submit('finn', newText({ marker: other }))
    await page.reload()
    await run(page, live).getByText('The model is writing').waitFor()
    const before = asked
    await page.clock.runFor(20_000)
    expect(asked).toBeGreaterThan(before)
    await page.evaluate(`{
      Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' })
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    }`)
    const hidden = asked
    await page.clock.runFor(60_000)
    expect(asked).toBe(hidden)
  })

  test('says why it waits, and is stopped by its button', async () => {
    const marker = randomUUID()
    web.system.model.setScript([{ match: { text: marker }, hang: 'headers' }])
    await web.system.plan('free', { concurrent: 1 })
    const first = await submit('gil', newText({ marker }))
    const second = await submit('gil')
    const page = await open('gil')
    await run(page, second).getByText('As many of this account run as may run at the same time.').waitFor()
    // Nothing is known of a cost before the first request to a model has ended.
    for (const id of [first, second]) expect(await run(page, id).locator('dd').last().textContent()).toBe('–')
    await run(page, first).getByRole('button', { name: 'Stop' }).click()
    await run(page, first).getByText('Stopped').waitFor()
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1')
    expect(await rowOf(first)).toMatchObject({ status: 'cancelled' })
    await web.system.plan('free', { concurrent: null })
  })
})
