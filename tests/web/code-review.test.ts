import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTeam } from '../support/team.ts'
import { findingsInEachSize } from './axe.ts'
import { type ConsoleSystem, startConsole } from './console-system.ts'
import { seedFindings, twoFiles } from './seed-findings.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

const idOf = async (name: string) => (await web.person(name)).id
const seed = async (name: string, review: Parameters<typeof seedFindings>[2] = twoFiles) =>
  seedFindings(web.system, await idOf(name), review)
const open = (as: string, id: string, more: Parameters<ConsoleSystem['open']>[0] = {}) =>
  web.open({ as, path: `/code-review/${id}`, ...more })

/** What the database has of a review, in the order of the model's findings. */
const stored = async (id: string): Promise<string[]> => {
  const text = `select concat_ws(' ', title, status, reject_reason) as said from public.ai_findings where generation_id = $1
    order by position`
  return (await web.system.admin.query<{ said: string }>(text, [id])).rows.map(({ said }) => said)
}
const press = async (page: Page, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key)
}
const rows = (page: Page) => page.locator('.review-row')
const titles = (page: Page) => rows(page).locator('h3').allTextContents()
const active = (page: Page) => page.locator('.review-row.active h3')
const marked = (page: Page) => page.locator('.source mark')
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

test('a review by keyboard alone, from the code to what is accepted and rejected', async () => {
  const page = await web.open({ as: 'keys', path: '/history' })
  await page.getByRole('link', { name: 'Code review' }).press('Enter')
  await page.getByLabel('Path').waitFor()
  await page.getByLabel('Path').focus()
  await page.keyboard.type('src/same.ts')
  await press(page, 'Tab')
  await page.keyboard.insertText('export const same = (a, b) => a == b\ntry { same() } catch { }\n')
  await press(page, 'Tab', 'Enter')
  await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('INPUT')
  await page.keyboard.type('query.js')
  await press(page, 'Tab')
  await page.keyboard.insertText('run("select * from cards where id = " + id)')
  await page.getByLabel('What to look at').focus()
  await page.keyboard.type('Errors that are lost')
  await page.getByText('2 of 20 files, 105 of 60,000 characters together').waitFor()
  await press(page, 'Tab', 'Enter')
  await page.waitForURL(/#\/code-review\/[0-9a-f-]{36}$/)
  await active(page).waitFor()
  expect(await titles(page)).toEqual([
    'Comparison that converts types',
    'Error that is caught and lost',
    'SQL built by concatenation',
  ])
  expect(await marked(page).textContent()).toBe('export const same = (a, b) => a == b')
  await press(page, 'ArrowDown', 'k', 'a')
  await expect.poll(() => active(page).textContent()).toBe('Error that is caught and lost')
  await press(page, 'e', 'r', '3')
  await expect.poll(() => marked(page).textContent()).toBe('run("select * from cards where id = " + id)')
  await press(page, 'a', 'u')
  // A decision that the API has already comes back with its answer.
  await expect.poll(() => active(page).textContent()).toBe('SQL built by concatenation')
  await press(page, 'r', 'Enter')
  await page.getByText('Everything is decided. 1 accepted, 2 rejected.').waitFor()
  const [, id = ''] = /code-review\/(.*)$/.exec(page.url()) ?? []
  expect(await stored(id)).toEqual([
    'Comparison that converts types accepted',
    'Error that is caught and lost rejected intended',
    'SQL built by concatenation rejected other',
  ])
  await press(page, '?')
  await page.getByRole('dialog').getByText('Take the last decision back').waitFor()
  expect(await page.getByRole('dialog').textContent()).not.toContain('Edit')
  await press(page, 'Escape')
  const { input, options } = (
    await web.system.admin.query('select input, options from public.ai_generations where id = $1', [id])
  ).rows[0]
  expect(input).toEqual({
    files: [
      { path: 'src/same.ts', content: 'export const same = (a, b) => a == b\ntry { same() } catch { }\n' },
      { path: 'query.js', content: 'run("select * from cards where id = " + id)' },
    ],
    instructions: 'Errors that are lost',
  })
  expect(options).toEqual({})
  await page.goto(`${web.api.url}/#/generations/${id}`)
  await page.waitForURL(`**/#/code-review/${id}`)
  await page.getByText('Everything is decided. 1 accepted, 2 rejected.').waitFor()
})

describe('the findings', () => {
  test('stand beside their code in its order, each marked where it is, with words for what is noted', async () => {
    const page = await open('beside', await seed('beside'))
    await active(page).waitFor()
    expect(await titles(page)).toEqual(['First', 'Second', 'Third'])
    expect(await rows(page).nth(0).locator('p').first().textContent()).toBe('Error · Style · src/b.ts:2')
    expect(await rows(page).nth(2).locator('p').first().textContent()).toBe('Note · Bug · src/a.sql:2–3')
    await rows(page).nth(1).getByText('The model named another line').waitFor()
    expect(await marked(page).textContent()).toBe('export const same = (a, b) =>')
    expect(await page.locator('.source').textContent()).toBe(
      '1234// 😀\nexport const same = (a, b) =>\n  a == b\n'.replace('1234', '1\n2\n3\n4'),
    )
    expect(await page.evaluate(`[...CSS.highlights.get('quote')].map(String)`)).toEqual(['  a == b'])
    const [number, line] = await page.evaluate<[number, number]>(`(() => {
      const second = document.createRange()
      const numbers = document.querySelector('.source > div').firstChild
      second.setStart(numbers, '1\\n'.length)
      second.setEnd(numbers, '1\\n2'.length)
      return [second, document.querySelector('.source mark')].map((it) => it.getBoundingClientRect().top)
    })()`)
    expect(line).toBeCloseTo(number)
    await button(page, 'Third').click()
    await page.getByRole('region', { name: 'src/a.sql' }).waitFor()
    expect(await marked(page).textContent()).toBe('select *\nfrom cards;')
    await page.getByLabel('File', { exact: true }).selectOption('src/b.ts')
    await page.getByRole('region', { name: 'src/b.ts' }).waitFor()
    expect(await marked(page).count()).toBe(0)
    await press(page, 'Escape')
    await button(page, 'Second').click()
    await expect.poll(() => marked(page).textContent()).toBe('  a == b')
  })

  test('show what would change, and its copy says that it is in the clipboard', async () => {
    const page = await open('copies', await seed('copies'))
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await button(page, 'Second').click()
    const change = rows(page).nth(1).locator('.change')
    await expect.poll(() => change.locator('dd').allTextContents()).toEqual(['  a == b', '  a === b'])
    await button(page, 'Copy: Second').press('Enter')
    await page.getByRole('status').getByText('Copied.').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('  a === b')
  })

  test('are decided by buttons too, and what another tab decided is shown as it is', async () => {
    const id = await seed('tabs')
    const [page, other] = [await open('tabs', id), await open('tabs', id)]
    await Promise.all([active(page).waitFor(), active(other).waitFor()])
    await button(page, 'Reject').press('Enter')
    await button(page, 'Not relevant').press('Enter')
    await page.getByRole('status').getByText('src/b.ts:3').waitFor({ state: 'attached' })
    await expect.poll(() => stored(id)).toContain('First rejected not_relevant')
    await press(other, 'a')
    await button(other, 'Show').click()
    await other.getByText('It was decided otherwise meanwhile.').waitFor()
    await rows(other).nth(0).getByText('Rejected: Not relevant').waitFor()
    await button(other, 'Take this back').click()
    await expect.poll(() => stored(id)).toEqual(['Third proposed', 'Second proposed', 'First proposed'])
  })

  test('stand between their code and the buttons on a phone, however many there are', async () => {
    const lines = Array.from({ length: 40 }, (_, n) => `line ${n + 1}`)
    const path = 'src/many.ts'
    const findings = lines.map((quote, n) => ({ path, start_line: n + 1, quote, title: `Finding ${n + 1}` }))
    const files = [
      { path, content: lines.join('\n') },
      { path: 'b.ts', content: '' },
    ]
    const page = await open('phone', await seed('phone', { files, findings }), { width: 390 })
    await active(page).waitFor()
    const between = () =>
      page.evaluate<boolean>(`(() => {
        const [code, row, bar] = ['.source-side', '.review-row.active', '.review-bar']
          .map((name) => document.querySelector(name).getBoundingClientRect())
        return code.bottom <= row.top + 1 && row.bottom <= bar.top + 1
      })()`)
    for (let n = 0; n < 12; n++) await press(page, 'j')
    await expect.poll(() => active(page).textContent()).toBe('Finding 13')
    await expect.poll(between).toBe(true)
    expect(await marked(page).isVisible()).toBe(true)
    for (let n = 0; n < 6; n++) await press(page, 'k')
    await expect.poll(() => active(page).textContent()).toBe('Finding 7')
    await expect.poll(between).toBe(true)
  })

  test('keep their quotes when the code is not stored any more', async () => {
    const page = await open('old', await seed('old', { ...twoFiles, files: null }))
    await page.getByText('The code is not stored any more. The quotes of the findings are.').waitFor()
    expect(await titles(page)).toEqual(['Third', 'First', 'Second'])
    await page.locator('.change').getByText('select *').waitFor()
  })
})

test('nothing of the model or of the code becomes markup, or reads otherwise than it runs', async () => {
  const markup = '<img src=x onerror="document.title=1">'
  const line = `if (admin\u202e) { } // ${markup}`
  const id = await seed('markup', {
    files: [{ path: `${markup.slice(0, 10)}.ts`, content: line }],
    summary: markup,
    findings: [
      {
        path: `${markup.slice(0, 10)}.ts`,
        start_line: 1,
        quote: line,
        title: markup,
        message: markup,
        replacement: markup,
      },
    ],
  })
  const page = await open('markup', id)
  await active(page).waitFor()
  expect(await active(page).textContent()).toBe(markup)
  expect(await marked(page).textContent()).toBe(line.replace('\u202e', '\ufffd'))
  expect(await page.locator('main img').count()).toBe(0)
})

describe('whose findings', () => {
  test('are decided by who submitted the code, read by a team that shares, and nothing for others', async () => {
    const [owner, member] = [await idOf('owner'), await idOf('member')]
    const team = await createTeam(web.system, owner, [[member, 'member']], { shares: true })
    const own = await seed('owner')
    const shared = await seedFindings(web.system, owner, { ...twoFiles, accountId: team })
    const page = await open('member', shared)
    await page.getByText('Only the person who submitted this code may decide about its findings.').waitFor()
    expect(await titles(page)).toEqual(['First', 'Second', 'Third'])
    expect(await marked(page).textContent()).toBe('export const same = (a, b) =>')
    await press(page, 'a', 'r', 'u', 'j')
    await expect.poll(() => active(page).textContent()).toBe('Second')
    for (const name of ['Accept', 'Reject', 'Undo', 'Take this back']) expect(await button(page, name).count()).toBe(0)
    expect(await findingsInEachSize(page)).toEqual([])
    expect(await stored(shared)).toEqual(['Third proposed', 'Second proposed', 'First proposed'])
    await page.goto(`${web.api.url}/#/code-review/${own}`)
    await page.getByText('This does not exist, or it is not yours.').waitFor()
    expect(await rows(page).count()).toBe(0)
    expect(await page.locator('.source').count()).toBe(0)
  })
})
