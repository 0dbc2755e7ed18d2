import type { Page } from 'playwright-core'
import { z } from 'zod'

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
  const { violations } = Results.parse(await page.evaluate(`axe.run(document, { resultTypes: ['violations'] })`))
  return violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map((node) => `${node.html}\n${node.failureSummary}`).join('\n')}`,
  )
}

/** What axe finds at both widths and in both themes, and what makes the page too wide. The language stays. */
export const findingsInEverySize = async (page: Page): Promise<string[]> => {
  const found: string[] = []
  for (const width of [390, 1280])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 844 })
      await page.emulateMedia({ colorScheme })
      found.push(...(await axeFindings(page)))
      const surplus = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      if (surplus > 0) found.push(`the page is ${surplus} px too wide at ${width} px`)
    }
  return found
}
