import type { Page } from 'playwright-core'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { allowReceivers, type Receiver, startReceiver } from '../support/receiver.ts'
import { createTeam } from '../support/team.ts'
import { addWebhook } from '../support/webhook.ts'
import { axeFindings, findingsInEachSize, overflowOf } from './axe.ts'
import { changeLook } from './change-look.ts'
import { type ConsoleSystem, everyLook, startConsole } from './console-system.ts'

let web: ConsoleSystem
let receiver: Receiver
beforeAll(async () => {
  web = await startConsole({ api: allowReceivers, worker: allowReceivers })
  receiver = await startReceiver()
})
afterEach(() => web?.check())
afterAll(async () => {
  await web?.stop()
  receiver?.stop()
})

const idOf = async (name: string) => (await web.person(name)).id
const open = (as: string, path = '/webhooks') => web.open({ as, path })
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const dialog = (page: Page) => page.getByRole('dialog')
const newPath = () => `/${crypto.randomUUID()}`
/** A webhook of a person's own account, and the page that shows it. */
const openOne = async (as: string, url: string) => {
  const person = await idOf(as)
  const id = await addWebhook(web.system, person, person, { url })
  return { id, page: await open(as, `/webhooks/${id}`) }
}
const countOf = async (account: string): Promise<number> => {
  const text = 'select count(*)::int as n from public.webhook_endpoints where account_id = $1'
  return (await web.system.admin.query<{ n: number }>(text, [account])).rows[0]?.n ?? -1
}

test('a webhook is added, shows its secret once, and gets a test event that the secret verifies', async () => {
  const [page, hook] = [await open('adds'), newPath()]
  await page.getByText('This account has no webhooks yet.').waitFor()
  await button(page, 'Add a webhook').click()
  await dialog(page).getByRole('button', { name: 'Add a webhook' }).click()
  await dialog(page).getByText('Write a URL.').waitFor()
  await dialog(page).getByLabel('Description').fill('Of the test')
  await dialog(page).getByLabel('URL').fill('https://10.0.0.1/hook')
  await dialog(page).getByLabel('URL').press('Enter')
  await dialog(page).getByText('Request id').waitFor()
  expect(await dialog(page).getByLabel('URL').getAttribute('aria-invalid')).toBe('true')
  expect(await dialog(page).getByLabel('Description').inputValue()).toBe('Of the test')
  await dialog(page)
    .getByLabel('URL')
    .fill(receiver.url + hook)
  await dialog(page).getByLabel('A budget is nearly used up').uncheck()
  await dialog(page).getByRole('button', { name: 'Add a webhook' }).click()
  await page.getByText('Copy the secret now. It is never shown again.').waitFor()
  await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('H2')
  const secret = await page.getByLabel('Secret', { exact: true }).inputValue()
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await button(page, 'Copy: Secret').click()
  await page.getByText('Copied.').waitFor()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret)
  await button(page, 'I have stored it').click()
  expect(await page.content()).not.toContain(secret)

  await page.getByRole('link', { name: hook }).click()
  await button(page, 'Send a test event').click()
  await page.locator('.delivery', { hasText: 'Delivered' }).locator('summary').click()
  await page.getByText('Attempt 1').waitFor()
  await page.locator('.attempts code', { hasText: '204' }).waitFor()
  const [request] = receiver.at(hook)
  const headers = Object.fromEntries(Object.entries(request?.headers ?? {}).map(([key, value]) => [key, `${value}`]))
  expect(new Webhook(secret).verify(request?.body ?? '', headers)).toMatchObject({ type: 'webhook.test' })
  await page.reload()
  await page.locator('.delivery').waitFor()
  expect(await page.content()).not.toContain(secret)
})

test('one that answers 410 says why and since when it is disabled, and replays what it missed', async () => {
  const hook = newPath()
  receiver.answer(hook, { status: 410, body: 'we have moved' })
  const { page } = await openOne('gone', receiver.url + hook)
  await button(page, 'Send a test event').click()
  await page.getByText(/It answered 410 \(gone\), and was disabled on .*202\d/).waitFor()
  await page.locator('.delivery', { hasText: 'Failed' }).locator('summary').click()
  await page.getByText('It answered with a status that is not 2xx.').waitFor()
  await page.getByText('we have moved').waitFor()
  await button(page, 'Send again').click()
  await page.getByText('The webhook is disabled. Enable it first.').waitFor()
  receiver.answer(hook, { status: 204 })
  await button(page, 'Enable').click()
  await page.locator('.hook-state', { hasText: 'Enabled' }).waitFor()
  await button(page, 'Send again').click()
  await page.locator('.delivery', { hasText: 'Delivered' }).waitFor()
  await page.getByText('Attempt 2').waitFor()
  await button(page, 'Replay a time').click()
  await dialog(page).getByLabel('Which').selectOption('succeeded')
  await dialog(page).getByLabel('From').fill('')
  await dialog(page).getByText('Choose a day and a time.').waitFor()
  await dialog(page).getByLabel('From').fill('2026-01-01T00:00')
  await dialog(page).getByRole('button', { name: 'Replay a time' }).click()
  await page.getByText('Sent again: 1.').waitFor()
  await expect.poll(() => receiver.at(hook).length).toBe(3)
  await page.getByText('Attempt 3').waitFor()
})

test('a secret is rotated with the overlap that was chosen, until five of them sign', async () => {
  const { id, page } = await openOne('rotates', receiver.url + newPath())
  const secrets = new Set<string>()
  const rotate = async (overlap: string) => {
    await button(page, 'Rotate secret').click()
    await dialog(page).getByLabel('Until when').selectOption(overlap)
    await dialog(page).getByRole('button', { name: 'Rotate secret' }).click()
  }
  for (let count = 1; count <= 4; count++) {
    await rotate('7')
    secrets.add(await page.getByLabel('Secret', { exact: true }).inputValue())
    await button(page, 'I have stored it').click()
  }
  expect(secrets.size).toBe(4)
  await rotate('7')
  await dialog(page).getByText('Five secrets sign already.').waitFor()
  await dialog(page).getByLabel('Until when').selectOption('0')
  await dialog(page).getByText('are not accepted from now on').waitFor()
  await dialog(page).getByRole('button', { name: 'Rotate secret' }).click()
  await page.getByLabel('Secret', { exact: true }).waitFor()
  const signing =
    'select count(*)::int as n from recto.webhook_secrets where endpoint_id = $1 and coalesce(expires_at > now(), true)'
  expect((await web.system.admin.query(signing, [id])).rows).toEqual([{ n: 1 }])
})

test('a webhook is changed, disabled by a person, and deleted, each after being asked', async () => {
  const { page } = await openOne('changes', receiver.url + newPath())
  await button(page, 'Change').click()
  await dialog(page).getByLabel('Description').fill('The app’s own')
  await dialog(page).getByRole('button', { name: 'Save' }).click()
  await page.getByText('The app’s own').waitFor()
  await button(page, 'Disable').click()
  await dialog(page).getByRole('button', { name: 'Cancel' }).click()
  await button(page, 'Disable').click()
  await dialog(page).getByRole('button', { name: 'Disable' }).click()
  await page.getByText('Somebody of this account disabled it on').waitFor()
  expect(await countOf(await idOf('changes'))).toBe(1)
  await button(page, 'Delete').click()
  await dialog(page).getByRole('button', { name: 'Delete' }).click()
  await page.getByText('This account has no webhooks yet.').waitFor()
  expect(await countOf(await idOf('changes'))).toBe(0)
})

test('a URL to which no request may go is refused in the language of the page', async () => {
  const page = await web.open({ as: 'polish', path: '/webhooks', language: 'pl' })
  await button(page, 'Dodaj webhook').click()
  await dialog(page).getByLabel('Adres URL').fill('https://10.0.0.1/hook')
  await dialog(page).getByLabel('Adres URL').press('Enter')
  await dialog(page).getByText('nie może prowadzić do adresu, który nie jest publiczny').waitFor()
})

describe('the webhooks of a team', () => {
  test('are shown to owners and admins; members are told why they see none, and strangers that there is nothing', async () => {
    const [owner, admin, member] = [await idOf('t-owner'), await idOf('t-admin'), await idOf('t-member')]
    const team = await createTeam(web.system, owner, [
      [admin, 'admin'],
      [member, 'member'],
    ])
    const id = await addWebhook(web.system, owner, team, { url: 'https://team.example/hook' })
    const asTeam = async (name: string) => {
      const page = await open(name)
      await page.getByText('This account has no webhooks yet.').waitFor()
      await page.getByLabel('Account', { exact: true }).selectOption('Night class')
      return page
    }
    await (await asTeam('t-admin')).getByText('https://team.example/hook').waitFor()
    const told = await asTeam('t-member')
    await told.getByText('Only owners and admins of the team see its webhooks').waitFor()
    await told.goto(`${web.api.url}/#/webhooks/${id}`)
    await told.getByText('Only owners and admins of the team see its webhooks').waitFor()
    const stranger = await open('stranger', `/webhooks/${id}`)
    await stranger.getByText('This does not exist, or it is not yours.').waitFor()
    for (const page of [told, stranger]) {
      expect(await page.content()).not.toContain('team.example')
      expect(await button(page, 'Add a webhook').count()).toBe(0)
    }
  })
})

describe('axe finds nothing in any look', () => {
  const check = async (page: Page) => {
    expect(await axeFindings(page)).toEqual([])
    expect(await overflowOf(page)).toBe(0)
  }

  test('in the list with what is wrong, a form with errors, an error, and for who may not see it', async () => {
    const [person, member] = [await idOf('axe'), await idOf('axe-member')]
    await addWebhook(web.system, person, person, { url: `https://a.example/${'long-'.repeat(40)}` })
    const id = await addWebhook(web.system, person, person)
    const set = `update public.webhook_endpoints set enabled = false, disabled_reason = 'failing', disabled_at = now()`
    await web.system.admin.query(`${set} where id = $1`, [id])
    await createTeam(web.system, await idOf('axe-owner'), [[member, 'member']])
    const [list, failing, denied] = [await open('axe'), await open('axe'), await open('axe-member')]
    await denied.getByLabel('Account', { exact: true }).selectOption('Night class')
    const problem = { title: 'No', status: 400, code: 'invalid_request', request_id: 'r', detail: 'More exactly.' }
    await failing.route('**/ai/webhooks', (route) =>
      route.fulfill({ status: 400, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
    )
    for (const look of everyLook) {
      await Promise.all([list, failing, denied].map((page) => changeLook(page, look)))
      await denied.locator('.empty').waitFor()
      await check(denied)
      await failing.getByRole('alert').waitFor()
      await check(failing)
      await list.locator('.hooks .note.error').waitFor()
      await check(list)
      await list.locator('main .button.primary').click()
      await dialog(list).locator('form .button').click()
      await dialog(list).locator('.field-error').waitFor()
      await check(list)
    }
  })

  test('at a webhook that fails, with its secret, its attempts and its dialogs', async () => {
    const hook = newPath()
    receiver.answer(hook, { status: 503, body: 'closed <b>for now</b>', headers: { 'retry-after': '3600' } })
    const { id, page } = await openOne('axe-one', receiver.url + hook)
    await button(page, 'Send a test event').click()
    await page.getByText('1 attempt').waitFor()
    await page.route('**/rotate-secret', (route) => route.fulfill({ json: { id, secret: 'whsec_of-the-test' } }))
    for (const look of everyLook) {
      await changeLook(page, look)
      await page.locator('.panel .row .button').nth(2).click()
      await check(page)
      await dialog(page).locator('form .button').click()
      await page.locator('.secret').waitFor()
      await page.locator('.delivery summary').click()
      await page.locator('.attempts').waitFor()
      await check(page)
      await page.locator('section:has(.deliveries) .row .button').nth(1).click()
      await dialog(page).locator('input').nth(0).fill('')
      await dialog(page).locator('.field-error').waitFor()
      await check(page)
    }
  })
})

test.each(['en', 'pl'] as const)('axe finds nothing in %s while the webhooks are on their way', async (language) => {
  const page = await web.open({ as: 'axe-waits', path: '/create', language })
  await page.route('**/ai/webhooks', () => undefined)
  await page.goto(`${web.api.url}/#/webhooks`)
  await page.locator('.loading').first().waitFor()
  expect(await findingsInEachSize(page)).toEqual([])
})
