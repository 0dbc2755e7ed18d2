import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTeam } from '../support/team.ts'
import { newText } from '../support/text.ts'
import { createWeakLink } from '../support/weak-link.ts'
import { axeFindings } from './axe.ts'
import { type ConsoleSystem, everyLook, startConsole } from './console-system.ts'
import { holdEvents, scriptedEvents } from './scripted-events.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(async () => {
  web?.system.model.setScript([])
  await web?.check()
})
afterAll(() => web?.stop())

const submit = (name: string, text = newText()): Promise<string> => web.submit(name, text)
const rowsOf = async (id: string) => {
  const suggestions = 'select front, source_quote from public.ai_suggestions where generation_id = $1 order by position'
  return (await web.system.admin.query<{ front: string; source_quote: string }>(suggestions, [id])).rows
}
const fronts = (page: Page) => page.locator('.card h3').allTextContents()
/** Waits for the news that it is done. The stored cards come behind it. */
const done = (page: Page) => page.getByText(/^Done: \d+ cards/).waitFor()

/** The words of each highlight, in the order of the text. */
const highlighted = (page: Page): Promise<string[]> =>
  page.evaluate(`[...(CSS.highlights.get('quote') ?? [])].map(String).sort()`)

describe('a generation', () => {
  test('ends with exactly the cards of the table, also after a reload', async () => {
    const id = await submit('ends')
    const page = await web.open({ as: 'ends', path: `/generations/${id}` })
    await done(page)
    const rows = await rowsOf(id)
    expect(rows.length).toBeGreaterThan(3)
    await expect.poll(() => fronts(page)).toEqual(rows.map(({ front }) => front))
    await page.reload()
    await done(page)
    await expect.poll(() => fronts(page)).toEqual(rows.map(({ front }) => front))
  })

  test('is not called done before its cards are there', async () => {
    const page = await web.open({ as: 'early', path: '/nothing' })
    const script = scriptedEvents()
    const stream = await holdEvents(page, [script.status('succeeded', 1)])
    let streams = 0
    page.on('request', (request) => void (request.url().endsWith('/events') && streams++))
    await page.goto(`${web.api.url}/#/generations/${script.id}`)
    // The page asks for the rest when it has read the first event.
    await expect.poll(() => streams).toBe(2)
    expect(await page.locator('.live-status').textContent()).toBe('Asking how far it is …')
    await stream.next([script.done('succeeded', 1)])
    await page.getByText(/^Done: 0 cards\. It cost/).waitFor()
  })

  test('that does not exist has no text of which the page could say that it was deleted', async () => {
    const page = await web.open({ as: 'wrong', path: `/generations/${randomUUID()}` })
    await page.getByText('This does not exist, or it is not yours.').waitFor()
    await page.waitForLoadState('networkidle')
    expect(await page.locator('main').textContent()).not.toMatch(/not stored any more|Your text/)
  })

  test('has its quotes highlighted in a text with characters of two units, and the chosen one marked', async () => {
    const id = await submit('quotes', `😀👩‍👧 𝔄 ${newText()} 😀`)
    const page = await web.open({ as: 'quotes', path: `/generations/${id}` })
    await done(page)
    const quotes = (await rowsOf(id)).map(({ source_quote }) => source_quote)
    await expect.poll(() => highlighted(page)).toEqual(quotes.toSorted())
    const [first = ''] = quotes
    await page.locator('.quote').first().press('Enter')
    expect(await page.locator('mark').textContent()).toBe(first)
    expect(await highlighted(page)).toEqual(quotes.slice(1).toSorted())
    await page.locator('.quote').first().press('Enter')
    expect(await page.locator('mark').count()).toBe(0)
    expect(await page.locator('.source').textContent()).toContain('😀👩‍👧 𝔄 This text')
  })

  test('that hangs is stopped by a button', async () => {
    const marker = randomUUID()
    web.system.model.setScript([{ match: { text: marker }, hang: 'headers' }])
    const id = await submit('stops', newText({ marker }))
    const page = await web.open({ as: 'stops', path: `/generations/${id}` })
    await page.getByText('The model is writing.').waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('It was stopped. No card was kept.').waitFor()
    expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(0)
    expect(await page.evaluate('document.activeElement.getAttribute("role")')).toBe('status')
  })

  test('of another member of a team can be watched, and not be stopped', async () => {
    const [owner, member] = await Promise.all(['boss', 'watcher'].map((name) => web.person(name)))
    if (!owner || !member) throw new Error('two people are needed')
    const account_id = await createTeam(web.system, owner.id, [[member.id, 'member']], { shares: true })
    const marker = randomUUID()
    web.system.model.setScript([{ match: { text: marker }, hang: 'headers' }])
    const id = await web.submit('boss', newText({ marker }), { account_id })
    const page = await web.open({ as: 'watcher', path: `/generations/${id}` })
    await page.getByText('The model is writing.').waitFor()
    await page.locator('.source', { hasText: marker }).waitFor()
    expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(0)
  })

  test('that waits for its turn says why', async () => {
    const marker = randomUUID()
    web.system.model.setScript([{ match: { text: marker }, hang: 'headers' }])
    await web.system.plan('free', { concurrent: 1 })
    const first = await submit('waits', newText({ marker }))
    const page = await web.open({ as: 'waits', path: `/generations/${await submit('waits')}` })
    await page.getByText('It waits for its turn. As many of this account run as may run at the same time.').waitFor()
    await page.goto(`${web.api.url}/#/generations/${first}`)
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('It was stopped.').waitFor()
    await web.system.plan('free', { concurrent: null })
  })

  test('that failed says why, with its code, what to do, and the id of the request', async () => {
    const marker = randomUUID()
    web.system.model.setScript([{ match: { text: marker }, content: '[]' }])
    const id = await submit('fails', newText({ marker }))
    const page = await web.open({ as: 'fails', path: `/generations/${id}` })
    const note = page.getByRole('alert')
    await note.waitFor()
    const row = 'select request_id, error from public.ai_generations where id = $1'
    const [{ request_id, error }] = (await web.system.admin.query(row, [id])).rows
    // The id of the request is read beside the events.
    for (const words of [error.code, request_id, 'Try ']) await note.getByText(words).first().waitFor()
    expect(await axeFindings(page)).toEqual([])
  })

  test('of somebody else is not there', async () => {
    const id = await submit('owner')
    const page = await web.open({ as: 'stranger', path: `/generations/${id}` })
    await page.getByText('This does not exist, or it is not yours.').waitFor()
    await page.goto(`${web.api.url}/#/generations/no-id`)
    await page.getByText('This does not exist, or it is not yours.').waitFor()
  })

  test('goes on when the API is away and another one comes, and the page says so meanwhile', async () => {
    const marker = randomUUID()
    web.system.model.setScript([{ match: { text: marker }, first_token_ms: 9_000 }])
    const first = await web.system.startApi(web.settings)
    const link = await createWeakLink(first)
    const id = await submit('restart', newText({ marker }))
    const page = await web.open({ as: 'restart', path: `/generations/${id}`, url: link.url })
    await page.getByText('The model is writing.').waitFor()
    link.set('refuse')
    first.kill('SIGKILL')
    await page.getByText('Recto cannot be reached at the moment.').waitFor()
    link.leadTo(web.api)
    await done(page)
    expect(await page.getByText('Recto cannot be reached at the moment.').count()).toBe(0)
    const rows = await rowsOf(id)
    await expect.poll(() => fronts(page)).toEqual(rows.map(({ front }) => front))
    link.stop()
  })
})

describe('while the model writes', () => {
  test('cards come as not stored, go with their reason, and come back when another attempt writes them', async () => {
    const page = await web.open({ as: 'writes', path: '/create' })
    const script = scriptedEvents()
    const stream = await holdEvents(page, [
      script.status('running', 1),
      script.written('a', 'First?'),
      script.written('b', 'Second?'),
      script.withdrawn('b', 'duplicate'),
      script.progress(1, 321),
    ])
    await page.goto(`${web.api.url}/#/generations/${script.id}`)
    await page.getByText('The model is writing. 1 card so far.').waitFor()
    await page.getByText('321 characters so far.').waitFor()
    expect(await fronts(page)).toEqual(['First?'])
    await page.getByText('Not stored yet: a last check may withdraw it.').waitFor()
    await page.getByText('1 card withdrawn').click()
    await page.getByText('– it said the same as another one').waitFor()
    await stream.next([script.status('running', 2), script.written('c', 'Third?', 2)])
    await page.getByText('This is try 2.').waitFor()
    expect(await fronts(page)).toEqual(['Third?'])
    await page.getByText('2 cards withdrawn').waitFor()
    await stream.next([script.done('failed', 2)])
    await page.getByText('There are no cards.').waitFor()
  })

  test.each(everyLook)('axe finds nothing at $width px in $language and $theme', async (look) => {
    const page = await web.open({ as: 'axe', path: '/create', ...look })
    const script = scriptedEvents()
    await holdEvents(page, [
      script.status('running', 1),
      script.written('a', 'First?'),
      script.written('b', 'Second?'),
      script.withdrawn('b', 'ungrounded'),
    ])
    await page.goto(`${web.api.url}/#/generations/${script.id}`)
    await page.locator('.withdrawn summary').click()
    await page.locator('.quote').click()
    expect(await axeFindings(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    const id = await submit('axe')
    await page.unroute('**/events')
    await page.goto(`${web.api.url}/#/generations/${id}`)
    await page.locator('.card .quote').nth(3).click()
    await page.locator('mark').waitFor()
    expect(await axeFindings(page)).toEqual([])
  })
})
