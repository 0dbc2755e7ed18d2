import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { whenOver } from '../../support/generations.ts'
import { daysAgo, seedDay } from '../../support/usage-days.ts'
import type { ConsoleSystem } from '../console-system.ts'
import { cards, text } from './example.ts'

/** A step of the model server: the cards of the example. */
const answer = { match: { text: 'Why the sea has tides' }, content: JSON.stringify({ cards }), chunks: 40 }

type Shot = { web: ConsoleSystem; save: (page: Page, name: string) => Promise<void> }

/** The cards come while the model writes: six of eight are there. */
const live = async ({ web, save }: Shot): Promise<void> => {
  web.system.model.setScript([{ ...answer, hang: 'stream', hang_after_chunks: 31 }])
  const id = await web.submit('ana', text)
  const page = await web.open({ as: 'ana', path: `/generations/${id}` })
  await page.locator('.card').nth(5).waitFor()
  await page.locator('.card .quote').nth(1).click()
  await save(page, 'live')
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByText('It was stopped.').waitFor()
}

const create = async ({ web, save }: Shot): Promise<void> => {
  const page = await web.open({ as: 'ana', path: '/create', width: 390, theme: 'dark' })
  await page.getByLabel('Your text').fill(text)
  await page.getByText('characters.').first().waitFor()
  await save(page, 'create-phone')
}

/** The review of the same cards, two of them decided. */
const review = async ({ web, save }: Shot): Promise<void> => {
  web.system.model.setScript([answer])
  const id = await web.submit('ana', text)
  await whenOver(web.system, id)
  const page = await web.open({ as: 'ana', path: `/generations/${id}/review` })
  await page.getByText('0 of 8', { exact: true }).waitFor()
  await page.keyboard.press('a')
  await page.keyboard.press('a')
  await page.getByText('Accepted', { exact: true }).nth(1).waitFor()
  await save(page, 'review')
  await page.getByRole('button', { name: /^Accept all without flags/ }).click()
  await page.getByText('Everything is decided').waitFor()
}

const learn = async ({ web, save }: Shot): Promise<void> => {
  const page = await web.open({ as: 'ana', path: '/learn', width: 390 })
  await page.getByRole('button', { name: 'Show answer' }).press('Enter')
  await page.getByRole('button', { name: /Good/ }).waitFor()
  await save(page, 'learn-phone')
}

/** A month of a made-up account. */
const usage = async ({ web, save }: Shot): Promise<void> => {
  const { id: person } = await web.person('ana')
  for (let day = 1; day < 28; day += 1)
    await seedDay(web.system.admin, { person, day: daysAgo(day), count: 5 + ((day * 7) % 11) })
  const page = await web.open({ as: 'ana', path: '/usage', theme: 'dark' })
  await page.getByLabel('Chart of', { exact: true }).selectOption('Generations')
  await page.locator('.chart-bar').nth(20).waitFor()
  await page.getByText('Loading …').waitFor({ state: 'detached' })
  await save(page, 'usage')
}

/** Takes every picture of the console that the documents show, into a folder. Returns the names of the files. */
export const takePictures = async (web: ConsoleSystem, folder: string): Promise<string[]> => {
  const taken: string[] = []
  const save = async (page: Page, name: string): Promise<void> => {
    const file = `${name}.png`
    await page.screenshot({ path: join(folder, file), animations: 'disabled' })
    taken.push(file)
  }
  for (const shot of [live, create, review, learn, usage]) await shot({ web, save })
  return taken
}
