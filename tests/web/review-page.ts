import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { ConsoleSystem } from './console-system.ts'
import { seedSuggestions } from './seed-suggestions.ts'

type Opening = Parameters<ConsoleSystem['open']>[0]

/** What tests of the review do with the console of their file. */
export const reviewsOf = (web: () => ConsoleSystem) => {
  const idOf = async (name: string) => (await web().person(name)).id
  /** What the database has of a generation, in the order of its suggestions. */
  const stored = async (generationId: string) => {
    const text = `select s.status, s.reject_reason as reason, c.front, c.back from public.ai_suggestions s
      left join public.cards c on c.suggestion_id = s.id where s.generation_id = $1 order by s.position`
    type Row = { status: string; reason: string | null; front: string | null; back: string | null }
    return (await web().system.admin.query<Row>(text, [generationId])).rows
  }
  return {
    idOf,
    seed: async (name: string, count: number, flagsOf?: (n: number) => string[]) =>
      seedSuggestions(web().system, await idOf(name), count, flagsOf),
    /** Opens the review of a generation as a made-up person. */
    reviewOf: (as: string, generationId: string, more: Opening = {}) =>
      web().open({ as, path: `/generations/${generationId}/review`, ...more }),
    stored,
    statuses: async (generationId: string) => (await stored(generationId)).map(({ status }) => status),
  }
}

export const press = async (page: Page, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key)
}
export const active = (page: Page) => page.locator('.review-row.active h3')
export const rows = (page: Page) => page.locator('.review-row')
export const ready = (page: Page) => active(page).waitFor()
export const states = (page: Page) => page.locator('.review-state').allTextContents()
export const progress = (page: Page, words: string) => page.locator('.review-progress').getByText(words).waitFor()
/** Waits until a form that was opened has the focus: it would take it from a field that is filled before. */
export const focused = (page: Page) => page.locator('textarea:focus').waitFor()
/** Waits until the page knows that all decisions are stored. */
export const allStored = (page: Page) =>
  expect.poll(() => page.evaluate(`Object.keys(sessionStorage).some((name) => name.includes('.unsent.'))`)).toBe(false)
