import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { newText } from '../support/text.ts'
import { axeFindings } from './axe.ts'
import { type ConsoleSystem, everyLook, startConsole } from './console-system.ts'
import { scriptViews } from './scripted-views.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
  await makeOperator('opal')
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

const makeOperator = async (name: string): Promise<void> => {
  const { id } = await web.system.supabase.addPerson(name)
  const claim = `update auth.users set raw_app_meta_data = raw_app_meta_data || '{"recto_role": "operator"}' where id = $1`
  await web.system.admin.query(claim, [id])
}
const failedGeneration = async (name: string): Promise<string> => {
  web.system.model.setScript([{ match: { text: 'says-nothing' }, content: '{"cards": []}' }])
  const { id } = await web.system.supabase.addPerson(name)
  const token = await web.system.supabase.issueToken({ sub: id })
  const response = await fetch(`${web.api.url}/api/ai/generations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', prefer: 'wait=20' },
    body: JSON.stringify({ source_text: newText({ marker: 'says-nothing' }) }),
  })
  return z.object({ id: z.string() }).parse(await response.json()).id
}
const overflow = (page: Page) => page.evaluate('document.documentElement.scrollWidth - innerWidth')

describe('an operator', () => {
  test('sees what the database has, with the error of a failure and without its text', async () => {
    const id = await failedGeneration('nora')
    const page = await web.open({ as: 'opal', path: '/create' })
    await page.getByRole('navigation').getByRole('link', { name: 'Operations' }).click()
    await page.getByText('alive', { exact: true }).waitFor()
    await page.getByRole('region', { name: 'Latest failures' }).locator('summary').click()
    await page.getByText('"code": "no_usable_cards"').waitFor()
    await page.getByText(id).first().waitFor()
    await page.getByRole('row', { name: /^All accounts/ }).waitFor()
    await page.getByText('Nothing. All is well.').waitFor()
    const { rows } = await web.system.admin.query('select source_text from public.ai_generations where id = $1', [id])
    expect(await page.locator('main').textContent()).not.toContain(rows[0].source_text)
  })

  test('sees new numbers while the page is shown, and the same ones while it is paused', async () => {
    const page = await web.open({ as: 'opal', path: '/nothing' })
    await page.clock.install()
    const views = await scriptViews(page)
    await views.set('empty')
    await page.goto(`${web.api.url}/#/operations`)
    await page.getByText('Nothing. All is well.').waitFor()
    const pause = page.getByRole('button', { name: 'Pause' })
    await pause.click()
    await page.getByText('Paused.').waitFor()
    await views.set('filled')
    // Effects of the page run with its next frame, which the clock has to reach.
    await page.clock.runFor(100)
    const asked = views.asked()
    await page.clock.fastForward(60_000)
    expect(views.asked()).toBe(asked)
    await pause.click()
    await page.getByText('Runs for over 10 minutes').waitFor()
    await views.set('empty')
    await page.clock.fastForward(5_000)
    await page.getByText('Nothing. All is well.').waitFor()
  })

  test('reads what to do where the documentation says so', async () => {
    const page = await web.open({ as: 'opal', path: '/nothing' })
    const views = await scriptViews(page)
    await views.set('filled')
    await page.goto(`${web.api.url}/#/operations`)
    await page.getByRole('row', { name: /b\/open .* 1 Nov 2025 old, compare it/ }).waitFor()
    expect(await page.getByText('old, compare it').count()).toBe(2)
    // A run may take less than a second.
    await page.getByRole('cell', { name: '9.5 s', exact: true }).waitFor()
    const link = page.getByRole('link', { name: 'What to do: worker_lost' })
    const address = String(await link.getAttribute('href'))
    const answer = await page.request.get(new URL(address, web.api.url).href)
    expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(await answer.text()).toContain(decodeURIComponent(address.split(':~:text=')[1] ?? '-'))
  })
})

describe('a person who is no operator', () => {
  test('has no such view, also with the claim in the metadata that everybody writes', async () => {
    const { id } = await web.system.supabase.addPerson('mina')
    const claim = `update auth.users set raw_user_meta_data = '{"recto_role": "operator"}' where id = $1`
    await web.system.admin.query(claim, [id])
    const page = await web.open({ as: 'mina', path: '/operations' })
    await page.getByRole('heading', { name: 'There is no such page.' }).waitFor()
    expect(await page.getByRole('link', { name: 'Operations' }).count()).toBe(0)
  })
})

test.each(everyLook)(
  'axe finds nothing at $width px in $language and $theme, while it loads, refused, empty and with all that can be wrong',
  async (look) => {
    const page = await web.open({ as: 'opal', path: '/nothing', ...look })
    const views = await scriptViews(page)
    await page.goto(`${web.api.url}/#/operations`)
    await page.locator('.loading').first().waitFor()
    expect(await axeFindings(page)).toEqual([])
    await views.set('refused')
    await page.locator('.note.error').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await views.set('empty')
    await page.locator('.note.error button').click()
    await page.locator('.gauge.good').waitFor()
    await page.locator('.note.error').waitFor({ state: 'detached' })
    expect(await axeFindings(page)).toEqual([])
    await views.set('filled')
    // What is shown after a pause is read at once.
    const pause = page.locator('.operations-head button')
    await pause.click()
    await pause.click()
    await page.locator('.failures summary').click()
    expect(await axeFindings(page)).toEqual([])
    expect(await overflow(page)).toBeLessThanOrEqual(0)
  },
)
