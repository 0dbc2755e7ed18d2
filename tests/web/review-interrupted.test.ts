import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { lockRow } from '../support/lock-row.ts'
import { createWeakLink } from '../support/weak-link.ts'
import { axeFindings } from './axe.ts'
import { type ConsoleSystem, startConsole } from './console-system.ts'
import { active, allStored, focused, press, progress, ready, reviewsOf, states } from './review-page.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

const { seed, reviewOf, stored, statuses } = reviewsOf(() => web)

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
    // The form is open: nobody is told to open it.
    expect(await page.getByText('Your words are kept.').count()).toBe(0)
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
