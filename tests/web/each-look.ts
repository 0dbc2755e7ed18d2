import type { Page } from 'playwright-core'
import { axeFindings } from './axe.ts'
import { everyLook, type Look } from './console-system.ts'

/**
 * What axe finds on a page of this language as it is now, in both widths and both themes, and in which of them it is wider
 * than the window.
 */
export const findingsInEachLook = async (page: Page, language: Look['language']): Promise<string[]> => {
  const found: string[] = []
  for (const { width, theme } of everyLook.filter((look) => look.language === language)) {
    await page.setViewportSize({ width, height: 844 })
    await page.emulateMedia({ colorScheme: theme })
    const findings = await axeFindings(page)
    const tooWide = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
    if (tooWide > 0) findings.push(`${tooWide} px wider than the window`)
    found.push(...findings.map((finding) => `${width} px, ${theme}: ${finding}`))
  }
  return found
}
