import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTeam } from '../support/team.ts'
import { axeFindings } from './axe.ts'
import { type ConsoleSystem, everyLook, startConsole } from './console-system.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

test('all script of the page is under 125 kB when it is compressed', () => {
  const folder = join(import.meta.dirname, '..', '..', 'web', 'dist', 'assets')
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'))
  const sizes = scripts.map((name) => readFileSync(join(folder, `${name}.gz`)).length)
  expect(scripts.length).toBeGreaterThan(1)
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(125_000)
})

describe('a page', () => {
  test('that makes markup of a text is stopped, and fails its test', async () => {
    const page = await web.open()
    await expect(page.evaluate(`document.body.innerHTML = '<b>no</b>'`)).rejects.toThrow('TrustedHTML')
    await expect(web.check()).rejects.toThrow('TrustedHTML')
  })

  test('that asks another host fails its test', async () => {
    const page = await web.open()
    await page.evaluate(`fetch('http://127.0.0.1:9/').catch(() => undefined)`)
    await expect(web.check()).rejects.toThrow(/Content Security Policy/)
  })

  test('whose API cannot be reached says so, and goes on when it can', async () => {
    const page = await web.open({ path: '/create' })
    await page.route('**/console.json', (route) => route.abort())
    await page.reload()
    await page.getByText('Recto cannot be reached.').waitFor()
    await page.unroute('**/console.json')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('button', { name: 'Continue as ana' }).waitFor()
  })
})

describe('a person', () => {
  test('signs in as somebody made up, stays so after a reload, and signs out', async () => {
    const page = await web.open()
    await page.getByLabel('Or as somebody else').fill('ben')
    await page.getByRole('button', { name: 'Continue', exact: true }).press('Enter')
    await page.getByText(/^ben\./).waitFor()
    await page.reload()
    await page.getByText(/^ben\./).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Continue as ana' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Continue as ana' }).waitFor()
  })

  test('signs in with a password, and learns which is wrong', async () => {
    const { supabaseUrl, publishableKey } = web.system.supabase
    await fetch(`${supabaseUrl}/auth/v1/signup`, {
      method: 'POST',
      headers: { apikey: publishableKey, 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'eva@example.org', password: 'right horse' }),
    })
    const page = await web.open()
    await page.getByLabel('E-mail address').fill('eva@example.org')
    await page.getByLabel('Password').fill('wrong')
    await page.getByLabel('Password').press('Enter')
    await page.getByText('Address and password do not belong together.').waitFor()
    await page.getByLabel('Password').fill('right horse')
    await page.getByLabel('Password').press('Enter')
    await page.getByText('eva@example.org').waitFor()
  })

  test('is told when a link does not sign in any more', async () => {
    const page = await web.open()
    await page.goto(`${web.api.url}/?r=1#error=access_denied&error_code=otp_expired&error_description=expired`)
    await page.getByText('This link is not valid any more.').waitFor()
    expect(page.url()).toBe(`${web.api.url}/`)
  })

  test('asks for a link with an address only, and learns why none is sent', async () => {
    const page = await web.open()
    await page.getByRole('button', { name: 'Send me a link instead' }).click()
    await page.getByText('Write an e-mail address.').waitFor()
    await page.getByLabel('E-mail address').fill('eva@example.org')
    await page.getByRole('button', { name: 'Send me a link instead' }).click()
    await page.getByText('Not part of the local system').waitFor()
  })

  test('chooses language and theme, which stay', async () => {
    const page = await web.open({ as: 'cleo' })
    const colour = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    const light = await colour()
    await page.getByLabel('Theme', { exact: true }).selectOption('dark')
    await expect.poll(colour).not.toBe(light)
    await page.getByLabel('Language', { exact: true }).selectOption('pl')
    await page.reload()
    await page.getByRole('button', { name: 'Wyloguj' }).waitFor()
    await expect.poll(colour).not.toBe(light)
    await page.getByLabel('Motyw', { exact: true }).selectOption('system')
    await expect.poll(colour).toBe(light)
  })

  test('chooses among the own account and teams; who has no team sees no choice', async () => {
    const { id } = await web.system.supabase.addPerson('dora')
    await createTeam(web.system, id)
    const page = await web.open({ as: 'dora' })
    await page.getByLabel('Account', { exact: true }).selectOption('Night class')
    await page.reload()
    const chosen = () => page.getByLabel('Account', { exact: true }).locator('option:checked').textContent()
    await expect.poll(chosen).toBe('Night class')
    const alone = await web.open({ as: 'emil' })
    await alone.getByRole('button', { name: 'Sign out' }).waitFor()
    expect(await alone.getByLabel('Account', { exact: true }).count()).toBe(0)
  })

  test('who chooses another account sees what belongs to that, and stays at the choice', async () => {
    const { id } = await web.system.supabase.addPerson('gil')
    const team = await createTeam(web.system, id)
    const page = await web.open({ as: 'gil', path: '/create' })
    const choice = page.getByLabel('Account', { exact: true })
    await page.locator('.limit').first().waitFor()
    for (const [option, account] of [['Night class', team], ['My own account'], ['Night class', team]] as const) {
      const asked = page.waitForRequest(
        (request) => request.url().endsWith('/api/ai/limits') && request.headers()['x-recto-account'] === account,
      )
      await choice.focus()
      await choice.selectOption(option)
      await asked
      await page.locator('.limit').first().waitFor()
      expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Account')
    }
  })

  test('skips the navigation by keyboard, and finds the way back from a page that is not there', async () => {
    const page = await web.open({ as: 'finn', path: '/nothing' })
    await page.getByRole('link', { name: 'To the start' }).click()
    await page.getByRole('heading', { level: 1 }).waitFor()
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('MAIN')
    await page.reload()
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('MAIN')
  })
})

describe('the views', () => {
  test.each(everyLook.filter(({ width }) => width === 390))(
    'stand behind a button on a phone in $language and $theme, used by keyboard, and axe finds nothing',
    async (look) => {
      const page = await web.open({ as: 'gaia', path: '/nothing', ...look })
      const menu = page.getByRole('navigation').getByRole('button', { name: 'Menu' })
      const view = page.getByRole('link', { name: look.language === 'en' ? 'Create' : 'Nowe fiszki', exact: true })
      await menu.focus()
      expect(await view.isVisible()).toBe(false)
      await page.keyboard.press('Enter')
      expect(await menu.getAttribute('aria-expanded')).toBe('true')
      expect(await axeFindings(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
      await page.keyboard.press('Tab')
      await page.keyboard.press('Escape')
      expect(await menu.getAttribute('aria-expanded')).toBe('false')
      expect(await menu.evaluate((node) => node.matches(':focus'))).toBe(true)
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.waitForURL(/#\/create$/)
      await expect.poll(() => menu.getAttribute('aria-expanded')).toBe('false')
    },
  )

  test('stand in a row on a wide window, and the one that is shown says so', async () => {
    const page = await web.open({ as: 'gaia', path: '/create' })
    const view = page.getByRole('navigation').getByRole('link', { name: 'Create' })
    await view.waitFor()
    expect(await view.getAttribute('aria-current')).toBe('page')
    expect(await page.getByRole('button', { name: 'Menu' }).isVisible()).toBe(false)
  })
})

test('a view that waits long says that the page goes on, while the API refuses what the client repeats', async () => {
  const page = await web.open({ as: 'slow', path: '/nothing' })
  const problem = { title: 'No', status: 503, code: 'database_unavailable', request_id: 'req-503' }
  await page.route('**/ai/generations?*', (route) =>
    route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
  )
  await page.goto(`${web.api.url}/#/history`)
  await page.getByText('Loading …', { exact: true }).waitFor()
  await page.getByRole('status').getByText('It takes longer than usual. The page goes on trying.').waitFor()
})
