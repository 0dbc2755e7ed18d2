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
