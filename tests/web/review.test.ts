import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import { createTeam } from '../support/team.ts'
import { createWeakLink } from '../support/weak-link.ts'
import { axeFindings } from './axe.ts'
import { type ConsoleSystem, startConsole } from './console-system.ts'
import { seedSuggestions } from './seed-suggestions.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

const idOf = async (name: string) => (await web.person(name)).id
const seed = async (name: string, count: number, flagsOf?: (n: number) => string[]) =>
  seedSuggestions(web.system, await idOf(name), count, flagsOf)
const reviewOf = (as: string, generationId: string, more: Parameters<ConsoleSystem['open']>[0] = {}) =>
  web.open({ as, path: `/generations/${generationId}/review`, ...more })

/** What the database has of a generation, in the order of its suggestions. */
const stored = async (generationId: string) => {
  const text = `select s.status, s.reject_reason as reason, c.front, c.back from public.ai_suggestions s
    left join public.cards c on c.suggestion_id = s.id where s.generation_id = $1 order by s.position`
  type Row = { status: string; reason: string | null; front: string | null; back: string | null }
  return (await web.system.admin.query<Row>(text, [generationId])).rows
}
const statuses = async (generationId: string) => (await stored(generationId)).map(({ status }) => status)
const press = async (page: Page, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key)
}
/** Waits until a form that was opened has the focus: it would take it from a field that is filled before. */
const focused = (page: Page) => page.locator('textarea:focus').waitFor()
const active = (page: Page) => page.locator('.review-row.active h3')
const rows = (page: Page) => page.locator('.review-row')
const ready = (page: Page) => active(page).waitFor()
const states = (page: Page) => page.locator('.review-state').allTextContents()
/** Waits until the page knows that all decisions are stored. */
const allStored = (page: Page) =>
  expect.poll(() => page.evaluate(`Object.keys(sessionStorage).some((name) => name.includes('.unsent.'))`)).toBe(false)
const progress = (page: Page, words: string) => page.locator('.review-progress').getByText(words).waitFor()

describe('thirty suggestions', () => {
  test('are reviewed without the mouse, from the cards of the text to their export, flagged ones first', async () => {
    const { generationId } = await seed('keys', 30, (n) => (n === 7 || n === 20 ? ['duplicate_of_card'] : []))
    const page = await web.open({ as: 'keys', path: `/generations/${generationId}` })
    await page.getByRole('link', { name: 'Review the cards' }).press('Enter')
    await ready(page)
    expect((await rows(page).locator('h3').allTextContents()).slice(0, 3)).toEqual(
      [7, 20, 1].map((n) => `Question ${n}?`),
    )
    await page.getByText('You have a card with these words. Accepting this one makes a second one.').waitFor()
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

describe('edited words', () => {
  test('survive Escape, a reload and a mistake, and become the card', async () => {
    const { generationId } = await seed('edit', 2)
    const page = await reviewOf('edit', generationId)
    await ready(page)
    await press(page, 'e')
    await focused(page)
    await page.getByLabel('Question').fill('How deep is it? area u')
    await page.getByLabel('Answer').fill('x'.repeat(501))
    await press(page, 'Control+Enter')
    await page.getByText('This is too long.').waitFor()
    expect(await page.evaluate('document.activeElement.value.length')).toBe(501)
    await page.getByLabel('Answer').fill('Very')
    await press(page, 'Escape')
    await page.getByText('Your words are kept.').waitFor()
    await page.reload()
    await ready(page)
    await press(page, 'e')
    await focused(page)
    expect(await page.getByLabel('Question').inputValue()).toBe('How deep is it? area u')
    expect(await statuses(generationId)).toEqual(['proposed', 'proposed'])
    await press(page, 'Control+Enter')
    await expect.poll(() => states(page)).toEqual(['Accepted, with other words'])
    expect((await stored(generationId))[0]).toMatchObject({ front: 'How deep is it? area u', back: 'Very' })
    await press(page, 'u', 'e')
    await focused(page)
    expect(await page.getByLabel('Answer').inputValue()).toBe('Very')
  })

  test('are written by the keys of the review, which do nothing there or with another key held', async () => {
    const { generationId } = await seed('typing', 2)
    const page = await reviewOf('typing', generationId)
    await ready(page)
    await press(page, 'Control+Shift+A', 'Alt+a', 'Meta+a', 'e')
    await focused(page)
    await page.getByLabel('Answer').fill('')
    await page.keyboard.type('area?ukj')
    expect(await page.getByLabel('Answer').inputValue()).toBe('area?ukj')
    await press(page, 'Escape', '?')
    await page.getByRole('dialog').getByText('Take the last decision back').waitFor()
    await press(page, 'a', 'Escape', 'r', 'a')
    expect(await statuses(generationId)).toEqual(['proposed', 'proposed'])
    expect(await page.getByRole('dialog').count()).toBe(0)
  })
})

describe('when something else happens meanwhile', () => {
  test('what another tab decided is shown as it is, and the rest of a batch is stored', async () => {
    const { generationId } = await seed('tabs', 4)
    const page = await reviewOf('tabs', generationId)
    const other = await reviewOf('tabs', generationId)
    await Promise.all([ready(page), ready(other)])
    await press(other, 'a', 'r', '2')
    await expect.poll(() => statuses(generationId)).toEqual(['accepted', 'rejected', 'proposed', 'proposed'])
    await press(page, 'r', '1')
    await page.getByText('1 decision could not be stored.').waitFor()
    expect(await states(page)).toEqual(['Accepted Decided in another tab'])
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByText('It was decided otherwise meanwhile.').waitFor()
    await press(page, 'j')
    await page.getByRole('button', { name: 'Accept all without flags (3)' }).click()
    await expect
      .poll(() => states(page))
      .toEqual([
        'Accepted Decided in another tab',
        'Rejected: Not in the text Decided in another tab',
        'Accepted',
        'Accepted',
      ])
    expect(await statuses(generationId)).toEqual(['accepted', 'rejected', 'accepted', 'accepted'])
  })

  test('what was deleted counts no more', async () => {
    const { generationId } = await seed('deleted', 2)
    const page = await web.open({ as: 'deleted', path: '/review' })
    await ready(page)
    await web.system.admin.query('delete from public.ai_generations where id = $1', [generationId])
    await press(page, 'a')
    await page.getByText('Deleted meanwhile').waitFor()
    await progress(page, '0 of 1')
  })

  test('nothing is lost while the API is away and another one comes: it is told, and leaving the page warns', async () => {
    const { generationId } = await seed('away', 6)
    const first = await web.system.startApi(web.settings)
    const link = await createWeakLink(first)
    const page = await reviewOf('away', generationId, { url: link.url })
    await ready(page)
    await press(page, 'a')
    await allStored(page)
    link.set('refuse')
    first.kill('SIGKILL')
    await press(page, 'a', 'r', '1', 'a', 'u')
    await progress(page, '3 of 6')
    await page.getByText('3 decisions could not be stored.').waitFor({ timeout: 30_000 })
    await page.getByRole('alert').getByText('Recto cannot be reached.').waitFor()
    expect(await states(page)).toEqual(['Accepted', 'Not stored', 'Not stored', 'Not stored'])
    expect(await axeFindings(page)).toEqual([])
    const asked = new Promise<string>((resolve) => {
      page.once('dialog', (dialog) => {
        resolve(dialog.type())
        void dialog.dismiss()
      })
    })
    await page.close({ runBeforeUnload: true })
    expect(await asked).toBe('beforeunload')
    // The review goes on behind another view, and is the same when the person comes back.
    await page.evaluate(`location.hash = '#/nothing'`)
    await page.getByText('There is no such page.').waitFor()
    await page.goBack()
    await page.getByText('could not be stored').waitFor()
    await press(page, 'a')
    link.leadTo(web.api)
    await page.getByRole('button', { name: 'Try again' }).click()
    await expect
      .poll(() => statuses(generationId))
      .toEqual(['accepted', 'accepted', 'rejected', 'accepted', 'proposed', 'proposed'])
    await expect.poll(() => page.getByText('could not be stored').count()).toBe(0)
    link.stop()
  })
})

test('decisions that are not stored survive a reload of the tab, and a sign-out asks first', async () => {
  const { generationId } = await seed('reload', 3)
  const page = await reviewOf('reload', generationId)
  await ready(page)
  const ofGeneration = 'select from public.ai_suggestions where generation_id = $1 for update'
  const lock = await lockRow(web.system, ofGeneration, [generationId])
  await press(page, 'a', 'r', '5')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('It is lost when you sign out now.').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await press(page, 'Escape')
  page.once('dialog', (dialog) => void dialog.accept())
  await page.reload()
  await page.getByText('Question 3?').waitFor()
  expect(await active(page).textContent()).toBe('Question 3?')
  expect(await statuses(generationId)).toEqual(['proposed', 'proposed', 'proposed'])
  await lock.release()
  await expect.poll(() => statuses(generationId)).toEqual(['accepted', 'rejected', 'proposed'])
  await allStored(page)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Continue as ana' }).waitFor()
  expect(await page.evaluate('Object.keys(sessionStorage).filter((name) => name.startsWith("recto."))')).toEqual([])
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
