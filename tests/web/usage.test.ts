import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { seedReviews } from '../support/outcomes.ts'
import { givePlan } from '../support/plan.ts'
import { addMember, call, createTeam } from '../support/team.ts'
import { daysAgo, seedDay } from '../support/usage-days.ts'
import { findingsInEachSize } from './axe.ts'
import { type ConsoleSystem, startConsole } from './console-system.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

const personId = async (name: string) => (await web.person(name)).id
const open = (as: string, more: object = {}) => web.open({ as, path: '/usage', ...more })
const choose = (page: Page, label: string, name: string) =>
  page.getByLabel(label, { exact: true }).selectOption({ label: name })
/** The value of a name in a list of names and values. */
const fact = (page: Page, name: string) =>
  page.locator('dl > div', { has: page.getByText(name, { exact: true }) }).locator('dd')

/** Sets what an account has spent and reserved in this month. */
const spend = (account: string, spent: string, reserved: string) =>
  web.system.admin.query(
    `insert into recto.spending (account_id, month, spent_usd, reserved_usd) values ($1, recto.month_of(now()), $2, $3)
     on conflict (account_id, month) do update set spent_usd = $2, reserved_usd = $3`,
    [account, spent, reserved],
  )

describe('usage', () => {
  test('is summed up for the days that the person chooses, by day and by other groups', async () => {
    const person = await personId('ana')
    await seedDay(web.system.admin, { person, day: daysAgo(2), count: 10 })
    await seedDay(web.system.admin, { person, day: daysAgo(40), count: 5 })
    const page = await open('ana')
    await choose(page, 'Period', 'The last 7 days')
    await choose(page, 'Chart of', 'Generations')
    const chart = page.getByRole('img', { name: /^Generations by day\. The most is 10: / })
    await chart.waitFor()
    await expect.poll(() => chart.locator('.chart-bar').count()).toBe(7)
    expect(await chart.locator('title').allTextContents()).toContainEqual(expect.stringMatching(/: 10$/))
    expect(await fact(page, 'Generations').textContent()).toBe('10')
    expect(await fact(page, 'Kept of the reviewed').textContent()).toBe('66.7%')
    await page.reload()
    await chart.waitFor()
    await choose(page, 'Period', 'The last 90 days')
    await expect.poll(() => fact(page, 'Generations').textContent()).toBe('15')
    await page.getByText('The numbers as a table').click()
    await expect.poll(() => page.locator('.numbers tbody th').allTextContents()).toHaveLength(2)
    await choose(page, 'By', 'Model')
    await page.locator('.groups > li', { hasText: 'lab/model-1' }).locator('b', { hasText: '15' }).waitFor()
    await choose(page, 'By', 'Note of the checks')
    await page.getByText('Accepted: 12', { exact: true }).waitFor()
    expect(await page.getByLabel('Chart of').count()).toBe(0)
    await seedReviews(web.system.admin, { person, day: daysAgo(2), count: 2 })
    await page.reload()
    await page
      .locator('.groups > li', { hasText: 'The change has not touched these lines (Code review)' })
      .getByText('Rejected: 4')
      .waitFor()
    await page.getByRole('heading', { name: 'In total: Code review' }).waitFor()
    await choose(page, 'By', 'Prompt version')
    await page.locator('.groups > li', { hasText: 'code_review@1' }).getByText('Accepted: 4').waitFor()
  })

  test('of days of the person’s own begins and ends with them, and says which days cannot be', async () => {
    await seedDay(web.system.admin, { person: await personId('ben'), day: '2026-03-31', count: 5 })
    const page = await open('ben', { path: '/create' })
    // Where the days of UTC begin on the day before.
    const devTools = await page.context().newCDPSession(page)
    await devTools.send('Emulation.setTimezoneOverride', { timezoneId: 'Pacific/Honolulu' })
    await page.goto(`${web.api.url}/#/usage?period=custom&from=2026-03-30&to=2026-04-02&show=generations`)
    const chart = page.getByRole('img', { name: 'Generations by day. The most is 5: 31 Mar 2026.' })
    await chart.waitFor()
    expect(await chart.locator('.chart-bar').count()).toBe(4)
    await page.getByLabel('To', { exact: true }).fill('2026-03-29')
    await page.getByText('The first day is after the last one.').waitFor()
    expect(await page.getByLabel('To', { exact: true }).getAttribute('aria-invalid')).toBe('true')
    await page.getByLabel('To', { exact: true }).fill('2028-01-01')
    await page.getByText('A period has at most 366 days.').waitFor()
    await page.getByLabel('To', { exact: true }).fill('')
    await page.getByText('Choose both days.').waitFor()
    await page.getByLabel('To', { exact: true }).fill('2026-03-30')
    await page.getByText('Nothing was used in this period.').waitFor()
  })

  test('of a team is seen by its members, by member, and by nobody else', async () => {
    const [owner, member] = [await personId('cleo'), await personId('dan')]
    const team = await createTeam(web.system, owner)
    await addMember(web.system, owner, team, [member, 'member'])
    await seedDay(web.system.admin, { person: owner, account: team, day: daysAgo(1), count: 5 })
    await seedDay(web.system.admin, { person: member, account: team, day: daysAgo(1), count: 15 })
    const page = await open('dan', { path: '/usage?period=week&by=day&show=generations' })
    await page.getByText('Nothing was used in this period.').waitFor()
    expect(await page.getByLabel('By', { exact: true }).locator('option').allTextContents()).not.toContain('Member')
    await page.getByLabel('Account', { exact: true }).selectOption('Night class')
    await expect.poll(() => fact(page, 'Generations').textContent()).toBe('20')
    await page.getByText('Every member of the team sees this.').waitFor()
    await choose(page, 'By', 'Member')
    const groups = page.locator('.groups > li')
    await expect.poll(() => groups.allTextContents()).toEqual(['You15', `Member ${owner.slice(0, 8)}5`])

    await call(web.system, owner, 'public.remove_member($1, $2)', [team, member])
    await page.reload()
    await page.getByText('You are not a member of this account.').first().waitFor()
    expect(await groups.count()).toBe(0)
  })
})

describe('the budget', () => {
  test('says what is spent, reserved, left and expected, and which alerts there were', async () => {
    const person = await personId('eva')
    // A whole budget more than there is, spent in this month before the plan had one.
    await web.system.admin.query(
      `insert into public.ai_calls (user_id, account_id, attempt, provider, model, purpose, outcome, cost_usd, reserved_usd, started_at, finished_at)
       values ($1, $1, 1, 'lab', 'lab/m', 'generation', 'ok', 0.9, 0, now(), now())`,
      [person],
    )
    await givePlan(web.system, person, { monthly_budget_usd: '0.50' })
    await spend(person, '0.41', '0.06')
    await web.system.admin.query(
      `insert into public.budget_alerts (account_id, month, reason, threshold, budget_usd, spent_usd)
       values ($1, recto.month_of(now()), 'spent', 80, 0.5, 0.4), ($1, recto.month_of(now()), 'too_little_left', 100, 0.5, 0.4)`,
      [person],
    )
    const page = await open('eva')
    await page.getByText('US$0.41 of US$0.50').waitFor()
    expect(await fact(page, 'Reserved for what runs').textContent()).toBe('US$0.06')
    expect(await fact(page, 'Left').textContent()).toBe('US$0.03')
    await page.getByText('At this rate the budget does not last until the end of the month.').waitFor()
    await page.getByText('80% of US$0.50 were spent.').waitFor()
    await page.getByText('A request was denied: too little of the budget was left.').waitFor()

    const other = await open('finn')
    await other.getByText('This account has no budget of its own.').waitFor()
    await other.getByText('There were none.').waitFor()
    expect(await fact(other, 'Spent').textContent()).toBe('US$0.00')
  })
})

test.each(['en', 'pl'] as const)(
  'axe finds nothing in %s, in both widths and themes and in each state',
  async (language) => {
    const person = await personId(`axe-${language}`)
    const page = await open(`axe-${language}`, { language, path: '/create' })
    const fits = async () => expect(await findingsInEachSize(page)).toEqual([])
    const goTo = (query: string) => page.goto(`${web.api.url}/#/usage?${query}`)
    const held = Promise.withResolvers<void>()
    await page.route('**/ai/usage?*', async (route) => {
      await held.promise
      await route.continue()
    })
    await goTo('period=month')
    await page.locator('.loading').first().waitFor()
    await fits()
    held.resolve()
    await page.locator('.empty').waitFor()
    await fits()
    await page.unroute('**/ai/usage?*')
    await givePlan(web.system, person, { monthly_budget_usd: '0.50', per_day: 100 })
    await spend(person, '0.3', '0.1')
    await seedDay(web.system.admin, { person, day: daysAgo(1), count: 10 })
    await page.reload()
    await goTo('period=week&by=day')
    await page.locator('.numbers summary').click()
    await page.locator('.budget-bar').waitFor()
    await fits()
    for (const by of ['model', 'flag']) {
      await goTo(`period=week&by=${by}`)
      await page.locator('.groups').waitFor()
      await fits()
    }
    await goTo('period=custom&from=2026-03-02&to=2026-03-01')
    await page.locator('.field-error').waitFor()
    await fits()
    await page.route('**/ai/usage?*', (route) => route.fulfill({ status: 404, body: 'gone' }))
    await goTo('period=custom&from=2026-03-01&to=2026-03-01')
    await page.locator('.note.error').waitFor()
    await fits()
  },
)
