import type { Card } from '@recto/client'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findingsInEachSize } from './axe.ts'
import { cardOwner } from './card-owner.ts'
import { type ConsoleSystem, startConsole } from './console-system.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

const open = (as: string, path = '/learn', more = {}) => web.open({ as, path, ...more })
const question = (page: Page, front: string) => page.getByRole('heading', { name: front, level: 2 })
const rating = (page: Page, name: string) => page.getByRole('button', { name })

/** A person with cards, in the order in which they are learnt. */
const learner = async (name: string, ...fronts: string[]) => {
  const owner = await cardOwner(web, name)
  const cards: Card[] = []
  for (const front of fronts) cards.push(await owner.cards.add({ front, back: `${front} – answer` }))
  return { ...owner, added: cards }
}
/** The ratings of a person, the first one first. */
const ratingsOf = async (id: string): Promise<string[]> => {
  const sql = 'select rating from public.card_reviews where user_id = $1 order by reviewed_at'
  return (await web.system.admin.query<{ rating: string }>(sql, [id])).rows.map((row) => row.rating)
}
/** Lets time pass for the cards of a person. */
const letPass = (id: string, interval: string) =>
  web.system.admin.query(
    `update public.card_schedules set due = due - $2::interval, last_reviewed_at = last_reviewed_at - $2::interval
     where user_id = $1`,
    [id, interval],
  )
/** The person comes back to the tab. */
const comeBack = (page: Page) => page.evaluate(`window.dispatchEvent(new Event('visibilitychange'))`)

describe('learning', () => {
  test('goes by keyboard alone through the cards of the person, until it says when the next one is due', async () => {
    const ana = await learner('keys', 'Pierwsze pytanie?', 'Drugie pytanie?', 'Trzecie?')
    await learner('neighbour', 'Of somebody else?')
    const page = await open('keys')
    await page.getByText('0 due, 3 new').waitFor()
    await question(page, 'Pierwsze pytanie?').waitFor()
    expect(await page.getByText('– answer').count()).toBe(0)
    // Before the answer is shown, a digit rates nothing.
    await page.keyboard.press('4')
    await page.keyboard.press('Space')
    await page.getByText('Pierwsze pytanie? – answer').waitFor()
    await page.keyboard.press('3')
    await page.getByText('Good: this card comes again in 10 minutes.').waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('Drugie pytanie? – answer').waitFor()
    await page.keyboard.press('4')
    await page.getByText('Easy: this card comes again in 8 days.').waitFor()
    await question(page, 'Trzecie?').waitFor()
    // A digit where one types or chooses rates nothing, either.
    await page.keyboard.press('Space')
    await page.getByLabel('Theme', { exact: true }).press('1')
    await rating(page, 'Again').press('2')
    await page.getByText('There is nothing to learn now.').waitFor()
    await page.getByText(/^The next card is due: \d/).waitFor()
    await page.getByText('0 due, 0 new').waitFor()
    expect(await ratingsOf(ana.id)).toEqual(['good', 'easy', 'hard'])
    await letPass(ana.id, '1 hour')
    await comeBack(page)
    await question(page, 'Trzecie?').waitFor()
    await page.getByText('2 due, 0 new').waitFor()
  })

  test('goes by buttons, which tell when the card comes again, and by tag', async () => {
    const ben = await learner('buttons', 'Without')
    await ben.cards.add({ front: 'With', back: 'tag', tags: ['łódź"\\'] })
    const page = await open('buttons')
    await question(page, 'Without').waitFor()
    await page.getByLabel('Tag').fill('łódź"\\')
    await question(page, 'With').waitFor()
    await page.getByText('0 due, 1 new').waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Show answer' }).click()
    expect(await page.locator('.ratings button').allTextContents()).toEqual([
      '1 Again in 1 minute',
      '2 Hard in 6 minutes',
      '3 Good in 10 minutes',
      '4 Easy in 8 days',
    ])
    await rating(page, 'Again').click()
    await page.getByText(/^The next card is due: \d/).waitFor()
    expect(await ratingsOf(ben.id)).toEqual(['again'])
    await page.getByLabel('Tag').fill('none')
    await page.getByText('There is no card to learn.').waitFor()
  })

  test('does not count a rating of a card that another tab has rated, and goes on', async () => {
    const carl = await learner('race', 'First?', 'Second?')
    const page = await open('race')
    await question(page, 'First?').waitFor()
    await page.keyboard.press('Space')
    await carl.cards.rate({ id: carl.added[0]?.id ?? '' }, 'again')
    await page.keyboard.press('4')
    await page.getByText('Your rating was not counted.').waitFor()
    await question(page, 'Second?').waitFor()
    expect(await ratingsOf(carl.id)).toEqual(['again'])
    // Another tab is faster while this one is in the background.
    await carl.cards.rate({ id: carl.added[1]?.id ?? '' }, 'easy')
    await letPass(carl.id, '2 minutes')
    await comeBack(page)
    await page.getByText('The card that was here was rated, changed or deleted in another tab.').waitFor()
    await question(page, 'First?').waitFor()
    await page.keyboard.press('Space')
    const [first] = await carl.all().then((cards) => cards.filter(({ front }) => front === 'First?'))
    if (first) await carl.cards.remove(first)
    await page.keyboard.press('3')
    await page.getByText('This card was deleted in another tab').waitFor()
    expect(await ratingsOf(carl.id)).toEqual(['easy'])
  })
})

test.each(['en', 'pl'] as const)(
  'in %s, at both widths and in both themes, axe finds nothing in any state',
  async (language) => {
    const dora = await learner(`axe-${language}`)
    const page = await open(`axe-${language}`, '/create', { language })
    const held = Promise.withResolvers<void>()
    await page.route('**/api/cards/due?*', async (route) => {
      await held.promise
      await route.continue()
    })
    await page.goto(`${web.api.url}/#/learn`)
    await page.locator('.loading').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    held.resolve()
    await page.locator('.empty').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    await dora.cards.add({ front: 'ما هي عاصمة مصر؟', back: 'x'.repeat(300) })
    const second = await dora.cards.add({ front: 'Kto?', back: 'Ja.' })
    await page.reload()
    await page.locator('.learn-show').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    await page.keyboard.press('Enter')
    await page.locator('.ratings').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    const problem = { title: 'T', status: 400, code: 'invalid_request', request_id: 'the-request-id' }
    await page.route('**/reviews', (route) => route.fulfill({ status: 400, json: problem }))
    await page.keyboard.press('3')
    await page.getByText('the-request-id').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
    await page.unroute('**/reviews')
    await page.keyboard.press('3')
    await page.locator('.learn-show').waitFor()
    await page.keyboard.press('Space')
    await dora.cards.rate(second, 'easy')
    await page.keyboard.press('1')
    await page.locator('.note.warn').waitFor()
    await page.locator('.empty').waitFor()
    expect(await findingsInEachSize(page)).toEqual([])
  },
)
