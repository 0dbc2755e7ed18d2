import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { axeFindings } from './axe.ts'
import { type ConsoleSystem, startConsole } from './console-system.ts'
import { focused, press, ready, reviewsOf } from './review-page.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

const { seed, reviewOf } = reviewsOf(() => web)

/** Checks a page at both widths, in both languages and both themes. */
const inEveryLook = async (page: Page): Promise<string[]> => {
  const found: string[] = []
  for (const language of ['pl', 'en']) {
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.evaluate(`{
      const select = document.querySelector('select:has(option[value=pl])')
      select.value = '${language}'
      select.dispatchEvent(new Event('change', { bubbles: true }))
    }`)
    await expect.poll(() => page.evaluate('document.documentElement.lang')).toBe(language)
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 })
      for (const theme of ['light', 'dark']) {
        await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
        const findings = [...(await axeFindings(page)), ...(wide > 0 ? [`scrolls by ${wide} px`] : [])]
        found.push(...findings.map((finding) => `${width} ${language} ${theme} ${finding}`))
      }
    }
  }
  return found
}

test('axe finds nothing in any look, with reasons, a wrong form and the keys open', async () => {
  const { generationId } = await seed('axe', 4, (n) => (n === 2 ? ['duplicate_of_card', 'yes_no'] : []))
  const page = await reviewOf('axe', generationId)
  await ready(page)
  await page.locator('mark').waitFor()
  expect(await inEveryLook(page)).toEqual([])
  await press(page, 'r')
  await page.locator('.review-reasons').waitFor()
  expect(await inEveryLook(page)).toEqual([])
  await press(page, 'Escape', 'e')
  await focused(page)
  await page.locator('textarea').first().fill('')
  await press(page, 'Control+Enter')
  await page.locator('.field-error').waitFor()
  expect(await inEveryLook(page)).toEqual([])
  await press(page, 'Escape', '?')
  await page.getByRole('dialog').waitFor()
  expect(await inEveryLook(page)).toEqual([])
})

test('axe finds nothing in any look of a refused decision, the end, an error, and nothing to review', async () => {
  const { generationId } = await seed('axe-end', 3, (n) => (n === 2 ? ['yes_no'] : []))
  const page = await reviewOf('axe-end', generationId)
  await ready(page)
  await press(page, 'r', '4')
  await web.system.admin.query(
    `update public.ai_suggestions set status = 'rejected' where generation_id = $1 and position = 1`,
    [generationId],
  )
  await press(page, 'a')
  await page.locator('.review-trouble .button').click()
  await page.locator('.review-row .note').waitFor()
  expect(await inEveryLook(page)).toEqual([])
  await press(page, 'j', 'a')
  await page.locator('.review-finished').waitFor()
  expect(await inEveryLook(page)).toEqual([])
  await page.goto(`${web.api.url}/#/generations/no-id/review`)
  await page.locator('.note.error').waitFor()
  expect(await inEveryLook(page)).toEqual([])
  await page.goto(`${web.api.url}/#/review`)
  await page.locator('.empty').waitFor()
  expect(await inEveryLook(page)).toEqual([])
})
