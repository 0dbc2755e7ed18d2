import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { z } from 'zod'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const Results = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      help: z.string(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
    }),
  ),
})

/** What axe finds on a page as it is now: an empty list when everybody can use it, as far as a program can tell. */
export const axeFindings = async (page: Page): Promise<string[]> => {
  // Most pages are never looked at, and half a megabyte is compiled where they are.
  if (await page.evaluate(`typeof axe === 'undefined'`)) await page.evaluate(axe)
  const { violations } = Results.parse(await page.evaluate(`axe.run(document, { resultTypes: ['violations'] })`))
  return violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map((node) => `${node.html}\n${node.failureSummary}`).join('\n')}`,
  )
}

/** By how many pixels the page is wider than its window. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate('Math.max(0, document.documentElement.scrollWidth - innerWidth)')

/**
 * What axe finds on a page as it is now, in both widths and both themes, and in which of them it is wider than the window.
 * Its language stays.
 */
export const findingsInEachSize = async (page: Page): Promise<string[]> => {
  const found: string[] = []
  for (const width of [390, 1280])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 844 })
      await page.emulateMedia({ colorScheme })
      const [findings, surplus] = [await axeFindings(page), await overflowOf(page)]
      if (surplus > 0) findings.push(`${surplus} px wider than the window`)
      found.push(...findings.map((finding) => `${width} px, ${colorScheme}: ${finding}`))
    }
  return found
}
