import type { Page } from 'playwright-core'
import type { Look } from './console-system.ts'

/** Shows a page in another look, as a person does who chooses one and comes back. */
export const changeLook = async (page: Page, { width, language, theme }: Look): Promise<void> => {
  await page.setViewportSize({ width, height: width === 390 ? 844 : 900 })
  await page.evaluate(
    `localStorage.setItem('recto.language', '${language}'), localStorage.setItem('recto.theme', '${theme}')`,
  )
  await page.reload()
}
