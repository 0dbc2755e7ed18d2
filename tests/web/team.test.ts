import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { addMember, call, createTeam } from '../support/team.ts'
import { axeFindings, findingsInEachSize, overflowOf } from './axe.ts'
import { changeLook } from './change-look.ts'
import { type ConsoleSystem, everyLook, startConsole } from './console-system.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

const idOf = async (name: string) => (await web.person(name)).id
const open = (as: string) => web.open({ as, path: '/team' })
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })
const dialog = (page: Page) => page.getByRole('dialog')
/** Answers the dialog that is open, and waits until it is gone. */
const confirm = async (page: Page, name: string): Promise<void> => {
  await dialog(page).getByRole('button', { name, exact: true }).click()
  await dialog(page).waitFor({ state: 'detached' })
}
const rolesIn = async (team: string): Promise<Record<string, string>> => {
  const text = 'select user_id, role from public.account_members where account_id = $1'
  const { rows } = await web.system.admin.query<{ user_id: string; role: string }>(text, [team])
  return Object.fromEntries(rows.map(({ user_id, role }) => [user_id, role]))
}

test('a person creates a team, invites another one, who accepts; a stranger sees nothing of it', async () => {
  const [ola, guest] = [await idOf('ola'), await idOf('guest')]
  const owner = await open('ola')
  await owner.getByText('You are not in a team yet.').waitFor()
  await button(owner, 'Create a team').click()
  await owner.getByText('Write a name.').waitFor()
  await owner.getByLabel('Name of the team').fill('Biology 4b')
  await owner.getByLabel('Name of the team').press('Enter')
  await button(owner, 'Use it now').click()
  await expect
    .poll(() => owner.getByLabel('Account', { exact: true }).locator('option:checked').textContent())
    .toBe('Biology 4b')
  await owner.getByLabel('Id of the person').fill('guest@example.org')
  await button(owner, 'Invite').click()
  await owner.getByText('An id looks like').waitFor()
  await owner.getByLabel('Id of the person').fill(ola)
  await button(owner, 'Invite').click()
  await owner.getByText('This person is a member already.').waitFor()
  await owner.getByLabel('Id of the person').fill(` ${guest.toUpperCase()} `)
  await owner.getByLabel('Role', { exact: true }).selectOption('admin')
  await button(owner, 'Invite').click()
  await owner.getByText('Invited as Admin').waitFor()

  const stranger = await open('stranger')
  await stranger.getByText('You are not in a team yet.').waitFor()
  expect(await stranger.getByText('Biology 4b').count()).toBe(0)

  const invited = await open('guest')
  await invited.getByText('You are not in a team yet.').waitFor()
  expect(await invited.getByText(ola).count()).toBe(0)
  await button(invited, 'Accept: Biology 4b').click()
  await invited.getByText('You are: Admin').waitFor()
  await invited.getByText(ola).waitFor()
})

test('a person declines an invitation after being asked, and another one is withdrawn', async () => {
  const [guest, other, owner] = [await idOf('declines'), await idOf('withdrawn'), await idOf('invites')]
  const team = await createTeam(web.system, owner)
  for (const id of [guest, other]) await call(web.system, owner, `public.invite_member($1, $2, 'member')`, [team, id])
  const page = await open('declines')
  await button(page, 'Decline: Night class').click()
  await confirm(page, 'Cancel')
  await button(page, 'Decline: Night class').click()
  await confirm(page, 'Decline')
  await page.getByText('The invitation is declined.').waitFor()
  expect(await button(page, /Accept/).count()).toBe(0)

  const late = await open('withdrawn')
  await button(late, 'Accept: Night class').waitFor()
  const inviter = await open('invites')
  await button(inviter, `Withdraw: ${other}`).click()
  await confirm(inviter, 'Withdraw')
  await button(late, 'Accept: Night class').click()
  await late.getByText('This invitation is not open any more.').waitFor()
  expect(Object.keys(await rolesIn(team))).toEqual([owner])
})

describe('a team of an owner, an admin and a member', () => {
  test('offers each what the role may do', async () => {
    const [owner, admin, member] = [await idOf('owner'), await idOf('admin'), await idOf('member')]
    await createTeam(web.system, owner, [
      [admin, 'admin'],
      [member, 'member'],
    ])
    const offers = async (as: string) => {
      const page = await open(as)
      await page.getByText('You are:').waitFor()
      const panel = page.locator('.team')
      const names = await panel.getByRole('button').evaluateAll((found) => found.map((one) => one.textContent))
      return [names.toSorted(), await panel.locator('form option').allTextContents()]
    }
    expect(await offers('owner')).toEqual([
      [
        ...['Change role', 'Change role', 'Change role', 'Invite', 'Leave the team'],
        ...['Remove', 'Remove', 'Rename', 'Share texts'],
      ],
      ['Owner', 'Admin', 'Member'],
    ])
    expect(await offers('admin')).toEqual([['Invite', 'Leave the team', 'Remove'], ['Member']])
    expect(await offers('member')).toEqual([['Leave the team'], []])
  })

  test('is renamed, shares texts from a time on, and loses a member', async () => {
    const [owner, member] = [await idOf('manages'), await idOf('removed')]
    const team = await createTeam(web.system, owner, [[member, 'member']])
    const page = await open('manages')
    await button(page, 'Rename: Night class').click()
    await dialog(page).getByLabel('Name of the team').fill('x'.repeat(101))
    await button(page, 'Save').click()
    await page.getByText('A name has at most 100 characters.').waitFor()
    await dialog(page).getByLabel('Name of the team').fill('Day class')
    await confirm(page, 'Save')
    await page.getByRole('heading', { name: 'Day class' }).waitFor()
    await button(page, 'Share texts').click()
    await confirm(page, 'Share texts')
    await page.getByText(/that were submitted after .*202\d/).waitFor()
    await button(page, 'Stop sharing').click()
    await confirm(page, 'Stop sharing')
    await page.getByText('and none of each other’s texts').waitFor()
    await button(page, `Remove: ${member}`).click()
    await confirm(page, 'Remove')
    await button(page, `Remove: ${member}`).waitFor({ state: 'detached' })
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('MAIN')
    expect(await rolesIn(team)).toEqual({ [owner]: 'owner' })
  })
})

describe('the last owner', () => {
  test('is told why leaving is not possible, hands the role on, and leaves for the own account', async () => {
    const [owner, heir] = [await idOf('last'), await idOf('heir')]
    const team = await createTeam(web.system, owner, [[heir, 'member']])
    const page = await open('last')
    await page.getByLabel('Account', { exact: true }).selectOption('Night class')
    await button(page, 'Leave the team: Night class').click()
    await dialog(page).getByText('You are the only owner, and a team needs one.').waitFor()
    await page.keyboard.press('Escape')
    await button(page, 'Change role: You').click()
    await dialog(page).getByLabel('Role', { exact: true }).selectOption('member')
    await button(page, 'Save').click()
    await dialog(page).getByText('A team needs an owner, and this was its last one.').waitFor()
    expect(await dialog(page).getByLabel('Role', { exact: true }).inputValue()).toBe('member')
    await page.keyboard.press('Escape')
    await button(page, `Change role: ${heir}`).click()
    await dialog(page).getByLabel('Role', { exact: true }).selectOption('owner')
    await confirm(page, 'Save')
    await page.locator('li', { hasText: heir }).locator('.role.owner').waitFor()
    await button(page, 'Leave the team: Night class').click()
    await confirm(page, 'Leave the team')
    await page.getByText('You are not in a team yet.').waitFor()
    await expect.poll(() => page.getByLabel('Account', { exact: true }).count()).toBe(0)
    expect(await rolesIn(team)).toEqual({ [heir]: 'owner' })
  })

  test('learns it in words when the other owner left meanwhile', async () => {
    const [owner, other] = [await idOf('stays'), await idOf('goes')]
    const team = await createTeam(web.system, owner, [[other, 'owner']])
    const page = await open('stays')
    await button(page, 'Leave the team: Night class').click()
    await call(web.system, other, 'public.remove_member($1, $2)', [team, other])
    await dialog(page).getByRole('button', { name: 'Leave the team' }).click()
    await dialog(page).getByText('A team needs an owner, and this was its last one.').waitFor()
    await dialog(page).getByText('Make another member an owner first.').waitFor()
  })
})

test('axe finds nothing in any look: empty, filled, invited, with a wrong field, a dialog, an error', async () => {
  const [owner, admin, invited] = [await idOf('axe'), await idOf('axe-admin'), await idOf('axe-invited')]
  const empty = await open('axe-nobody')
  const filled = await open('axe')
  const team = await createTeam(web.system, owner, [[admin, 'admin']], { shares: true })
  await call(web.system, owner, `public.invite_member($1, $2, 'member')`, [team, invited])
  const other = await createTeam(web.system, admin)
  await call(web.system, admin, `public.invite_member($1, $2, 'admin')`, [other, owner])
  await addMember(web.system, admin, other, [await idOf('axe-member'), 'member'])
  const failing = await open('axe')
  await failing.route('**/rest/v1/accounts?*account_members*', (route) =>
    route.fulfill({ status: 503, json: { message: 'no connection', code: 'PGRST001' } }),
  )
  const check = async (page: Page) => {
    expect(await axeFindings(page)).toEqual([])
    expect(await overflowOf(page)).toBe(0)
  }
  for (const look of everyLook) {
    await Promise.all([empty, filled, failing].map((page) => changeLook(page, look)))
    await empty.locator('.empty').waitFor()
    await check(empty)
    await failing.getByRole('alert').waitFor()
    await check(failing)
    await filled.locator('.invitations li').waitFor()
    await filled.locator('.team form button').click()
    await filled.locator('.field-error').waitFor()
    await check(filled)
    await filled.locator('.people button').first().click()
    await dialog(filled).waitFor()
    await check(filled)
  }
})

test.each(['en', 'pl'] as const)('axe finds nothing in %s while the teams are on their way', async (language) => {
  const page = await web.open({ as: 'axe-waits', path: '/create', language })
  await page.route('**/rest/v1/*account_members*', () => undefined)
  await page.goto(`${web.api.url}/#/team`)
  await page.locator('.loading').first().waitFor()
  expect(await findingsInEachSize(page)).toEqual([])
})
