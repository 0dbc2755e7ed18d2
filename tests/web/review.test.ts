import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTeam } from '../support/team.ts'
import { type ConsoleSystem, startConsole } from './console-system.ts'
import { active, focused, press, progress, ready, reviewsOf, rows, states } from './review-page.ts'
import { seedSuggestions } from './seed-suggestions.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

const { idOf, seed, reviewOf, stored, statuses } = reviewsOf(() => web)

describe('thirty suggestions', () => {
  test('are reviewed without the mouse, from the cards of the text to their export, flagged ones first', async () => {
    const { generationId } = await seed('keys', 30, (n) => (n === 7 || n === 20 ? ['duplicate_of_card'] : []))
    const page = await web.open({ as: 'keys', path: `/generations/${generationId}` })
    await page.getByRole('link', { name: 'Review the cards' }).press('Enter')
    await ready(page)
    expect((await rows(page).locator('h3').allTextContents()).slice(0, 3)).toEqual(
      [7, 20, 1].map((n) => `Question ${n}?`),
    )
    await page.getByText('You have a card with these words, or a suggestion that you have not rejected.').waitFor()
    expect(await page.locator('mark').textContent()).toBe('Fact 7 of the sea.')
    await progress(page, '30 left, 2 of them with flags')
    await press(page, 'r', '3', 'r', 'Enter', 'r', 'Escape', 'a')
    await press(page, 'e', 'End', '!', 'Control+Enter')
    await press(page, 'j', 'ArrowDown', 'k', 'ArrowUp', 'u')
    // A decision that the API has already comes back with its answer.
    await active(page).getByText('Question 2?').waitFor()
    await press(page, 'a')
    for (let n = 3; n <= 30; n++) await press(page, 'a')
    await page.getByText('Everything is decided').waitFor()
    await page.getByText('28 cards accepted, 2 rejected.').waitFor()
    await progress(page, '30 of 30')
    const found = await stored(generationId)
    expect([found[6], found[19]].map((row) => row?.reason)).toEqual(['duplicate', 'other'])
    expect(found[1]).toMatchObject({ status: 'accepted', front: 'Question 2?', back: 'Answer 2' })
    await page.getByRole('link', { name: 'Export the cards of this text' }).press('Enter')
    await page.waitForURL(`**/#/cards?generation_id=${generationId}`)
  })

  test('are reviewed by buttons, which keep the focus and say what comes next', async () => {
    const { generationId } = await seed('buttons', 4)
    const page = await reviewOf('buttons', generationId)
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    await button('Accept').press('Enter')
    await page.getByRole('status').getByText('Question 2?').waitFor({ state: 'attached' })
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Accept')
    await button('Reject').press('Enter')
    await button('Too easy').press('Enter')
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toContain('Reject')
    await rows(page).nth(3).getByRole('button').click()
    await button('Edit').click()
    await focused(page)
    await page.getByLabel('Answer').fill('Another answer')
    await button('Save and accept').click()
    await expect.poll(() => active(page).textContent()).toBe('Question 3?')
    await button('Undo').click()
    await page.getByText('Taken back.').waitFor()
    await rows(page).nth(0).getByRole('button').click()
    await button('Take this back').click()
    await expect.poll(() => statuses(generationId)).toEqual(['proposed', 'rejected', 'proposed', 'proposed'])
  })
})

test('three hundred suggestions on the page: the next one is painted within 50 ms, and no other row is drawn', async () => {
  const { generationId } = await seed('many', 300)
  const page = await web.open({ as: 'many', path: '/review' })
  await ready(page)
  expect(await rows(page).count()).toBe(300)
  const devTools = await page.context().newCDPSession(page)
  await devTools.send('Performance.enable', { timeDomain: 'threadTicks' })
  /** How long the page has computed until now, in seconds of the processor: scripts, layout and paint. */
  const work = async () => {
    const { metrics } = await devTools.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
  }
  await page.evaluate(`{
    window.decisions = []
    let touched = new Set()
    new MutationObserver((records) => {
      for (const { target } of records) touched.add((target.closest ? target : target.parentElement).closest('li.review-row'))
    }).observe(document.querySelector('.review-list'), { subtree: true, childList: true, attributes: true, characterData: true })
    addEventListener('keydown', ({ timeStamp }) => {
      touched = new Set()
      performance.mark('pressed', { startTime: timeStamp })
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
          performance.mark('painted')
          const { duration } = performance.measure('decision', 'pressed', 'painted')
          window.decisions.push({ duration, rows: touched.size, shown: document.querySelector('.review-row.active h3').textContent })
        }
        port2.postMessage(null)
      })
    }, true)
  }`)
  const begun = await work()
  for (let n = 1; n <= 40; n++) {
    await press(page, 'a')
    await expect.poll(() => page.evaluate('decisions.length'), { interval: 5 }).toBe(n)
  }
  const decisions = await page.evaluate<{ duration: number; rows: number; shown: string }[]>('decisions')
  expect(decisions.map(({ shown }) => shown)).toEqual(decisions.map((_, n) => `Question ${n + 2}?`))
  // The row that was decided, the next one, and those whose answer came in the same frame.
  expect(Math.max(...decisions.map((one) => one.rows))).toBeLessThanOrEqual(4)
  // What the page computes is bounded on any machine; how soon the processor does it depends on who else wants it.
  expect(((await work()) - begun) / 40).toBeLessThan(0.05)
  expect(Math.min(...decisions.map(({ duration }) => duration))).toBeLessThan(50)
  await expect
    .poll(async () => (await statuses(generationId)).filter((status) => status === 'accepted').length)
    .toBe(40)
})

describe('undo', () => {
  test('takes back what was accepted at once, in batches, and then the decisions before', async () => {
    const { generationId } = await seed('undo', 150, (n) => (n <= 2 ? ['yes_no'] : []))
    const page = await reviewOf('undo', generationId)
    await ready(page)
    await press(page, 'r', '1')
    await page.getByRole('button', { name: 'Accept all without flags (148)' }).press('Enter')
    await page.getByText('148 cards without flags accepted at once.').waitFor()
    await progress(page, '149 of 150')
    await expect.poll(async () => (await stored(generationId)).filter(({ front }) => front !== null).length).toBe(148)
    await press(page, 'u')
    await expect.poll(async () => new Set(await statuses(generationId))).toEqual(new Set(['rejected', 'proposed']))
    await press(page, 'u')
    await expect.poll(async () => new Set(await statuses(generationId))).toEqual(new Set(['proposed']))
    expect(await active(page).textContent()).toBe('Question 1?')
    await press(page, 'u')
    await page.getByText('There is nothing to take back.').waitFor()
  })

  test('of a card that was changed since is refused, says why, and the card stays', async () => {
    const { generationId } = await seed('changed', 2)
    const page = await reviewOf('changed', generationId)
    await ready(page)
    await press(page, 'a')
    await expect.poll(() => statuses(generationId)).toEqual(['accepted', 'proposed'])
    await web.system.admin.query(
      `update public.cards set back = 'Mine' where suggestion_id in (select id from public.ai_suggestions where generation_id = $1)`,
      [generationId],
    )
    await press(page, 'u')
    await page.getByText('The card was changed or learnt since.').waitFor()
    expect(await states(page)).toEqual(['Accepted'])
    expect((await stored(generationId))[0]).toMatchObject({ status: 'accepted', back: 'Mine' })
  })
})

describe('whose suggestions', () => {
  test('each person reviews their own, those of several texts together, and nobody those of others', async () => {
    const [owner, member] = [await idOf('owner'), await idOf('member')]
    const team = await createTeam(web.system, owner, [[member, 'member']], { shares: true })
    const one = await seed('owner', 2)
    const two = await seedSuggestions(web.system, owner, 1, () => ['language'], team)
    const own = await web.open({ as: 'owner', path: '/review' })
    await ready(own)
    expect(await rows(own).count()).toBe(3)
    await own.locator('.source').getByText('Fact 1 of the sea.').first().waitFor()
    expect(await own.locator('.source').textContent()).not.toContain('Fact 2')
    await press(own, 'j')
    await own.locator('.source').getByText('Fact 2 of the sea.').first().waitFor()
    const stranger = await web.open({ as: 'member', path: '/review' })
    await stranger.getByText('Nothing waits for a decision.').waitFor()
    await stranger.goto(`${web.api.url}/#/generations/${one.generationId}/review`)
    await stranger.getByText('This does not exist, or it is not yours.').waitFor()
    await stranger.goto(`${web.api.url}/#/generations/${two.generationId}/review`)
    await stranger.getByText('Only the person who submitted this text may review its cards.').waitFor()
  })
})
