import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings } from './axe.ts'
import { type ConsoleSystem, everyLook, startConsole } from './console-system.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

describe.each(everyLook)('at $width px in $language and $theme', (look) => {
  test('axe finds nothing on the sign-in, with its errors, and on the first view', async () => {
    const page = await web.open(look)
    const words = look.language === 'en' ? ['Sign in', 'Continue as ana'] : ['Zaloguj się', 'Kontynuuj jako ana']
    const [signIn = '', go = ''] = words
    await page.getByRole('button', { name: signIn, exact: true }).click()
    await page.locator('.field-error').first().waitFor()
    expect(await axeFindings(page)).toEqual([])
    const [button, label] = [page.getByRole('button', { name: go }), page.locator('form label').first()]
    const [above, below] = [await button.boundingBox(), await label.boundingBox()]
    expect((below?.y ?? 0) - (above?.y ?? 0) - (above?.height ?? 0)).toBeGreaterThan(8)
    await page.getByRole('button', { name: go }).click()
    await page.getByRole('navigation').waitFor()
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await axeFindings(page)).toEqual([])
    expect(await page.locator('html').getAttribute('lang')).toBe(look.language)
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  })
})
