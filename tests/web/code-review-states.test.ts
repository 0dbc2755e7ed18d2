import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { whenOver } from '../support/generations.ts'
import { createTeam } from '../support/team.ts'
import { axeFindings, findingsInEachSize, overflowOf } from './axe.ts'
import { type ConsoleSystem, everyLook, startConsole } from './console-system.ts'
import { seedFindings, twoFiles } from './seed-findings.ts'

let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(async () => {
  web?.system.model.setScript([])
  await web?.check()
})
afterAll(() => web?.stop())

const idOf = async (name: string) => (await web.person(name)).id
const start = (as: string, more: Parameters<ConsoleSystem['open']>[0] = {}) =>
  web.open({ as, path: '/code-review', ...more })
const open = (as: string, id: string, more: Parameters<ConsoleSystem['open']>[0] = {}) =>
  web.open({ as, path: `/code-review/${id}`, ...more })
/** Submits code whose answer is scripted, and answers the id of its review. */
const submit = async (name: string, step: object, more: object = {}): Promise<string> => {
  const marker = randomUUID()
  web.system.model.setScript([{ match: { text: marker }, ...step }])
  const { recto } = await web.person(name)
  const body = { kind: 'code_review', files: [{ path: 'a.ts', content: `// ${marker}\nconst a = 1\n` }], ...more }
  return (await recto.request<{ generation_id: string }>('ai/generations', { method: 'POST', body })).generation_id
}
const inputs = async (name: string) => {
  const text = 'select input, options from public.ai_generations where user_id = $1 order by created_at'
  return (await web.system.admin.query(text, [await idOf(name)])).rows
}
const file = (name: string, content: string | Buffer) => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(content),
})
const take = (page: Page) => page.locator('input[type=file]')
const paths = (page: Page) =>
  page.locator('.code-file input').evaluateAll((fields: { value?: string }[]) => fields.map(({ value }) => value))

/** What axe finds on a page as it is now, in English and Polish, each in every size. */
const inBothLanguages = async (page: Page): Promise<string[]> => {
  const found = await findingsInEachSize(page)
  await page.getByLabel('Language', { exact: true }).selectOption('pl')
  await expect.poll(() => page.evaluate('document.documentElement.lang')).toBe('pl')
  found.push(...(await findingsInEachSize(page)))
  await page.getByLabel('Język', { exact: true }).selectOption('en')
  return found
}

describe('the beginning of a review', () => {
  test('takes files that are chosen or dropped, counts them in code points, and survives a reload', async () => {
    const page = await start('files')
    await take(page).setInputFiles([file('a.ts', '😀😀'), file('b.py', ''), file('c.bin', Buffer.from([0, 0xff]))])
    await page.getByText('c.bin: This file is no text in UTF-8.').waitFor()
    await expect.poll(() => paths(page)).toEqual(['a.ts', 'b.py'])
    await page.getByText('2 of 20 files, 2 of 60,000 characters together').waitFor()
    await page.evaluate(`{
      const data = new DataTransfer()
      data.items.add(new File(['dropped'], 'a.ts'))
      data.items.add(new File(['fun main() {}'], 'd.kt'))
      document.querySelector('form').dispatchEvent(
        new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }))
    }`)
    await page.getByText('3 of 20 files, 20 of 60,000 characters together').waitFor()
    await page.getByRole('button', { name: 'Remove b.py' }).press('Enter')
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Add a file')
    await page.reload()
    await page.getByText('2 of 20 files, 20 of 60,000 characters together').waitFor()
    await expect.poll(() => paths(page)).toEqual(['a.ts', 'd.kt'])
    await page.getByRole('button', { name: 'Review the code' }).click()
    await page.waitForURL(/#\/code-review\/./)
    expect(await inputs('files')).toEqual([
      {
        input: {
          files: [
            { path: 'a.ts', content: 'dropped' },
            { path: 'd.kt', content: 'fun main() {}' },
          ],
        },
        options: {},
      },
    ])
    await page.getByRole('link', { name: 'Another review' }).click()
    await expect.poll(() => paths(page)).toEqual([''])
  })

  test('takes one text without a path, and asks in the language of the page', async () => {
    const page = await start('pasted', { language: 'pl' })
    await page.getByLabel('Kod', { exact: true }).fill('x == y')
    await page.getByRole('button', { name: 'Przejrzyj kod' }).click()
    await page.getByText('Nic nie znaleziono.').waitFor()
    expect(await inputs('pasted')).toEqual([{ input: { source_code: 'x == y' }, options: { language: 'pl' } }])
    await page.getByRole('region', { name: 'source_code' }).getByText('x == y').waitFor()
  })

  test('says what is wrong before anything is sent', async () => {
    const page = await start('wrong')
    const send = page.getByRole('button', { name: 'Review the code' })
    await send.click()
    await page.getByText('Write, paste or take some code first.').waitFor()
    await take(page).setInputFiles([file('a.ts', 'x'), file('b.ts', 'y')])
    await page.locator('.code-file input').nth(1).fill('a.ts')
    await send.click()
    await expect.poll(() => page.getByText('Another file has this path.').count()).toBe(2)
    await expect.poll(() => page.evaluate('document.activeElement.value')).toBe('a.ts')
    await page.locator('.code-file input').nth(1).fill('../b.ts')
    await page.getByText('Write a relative path with slashes, such as src/app.ts.').waitFor()
    await page.locator('.code-file textarea').nth(1).fill('😀'.repeat(60_000))
    await page.getByText('60,001 of 60,000 characters together').waitFor()
    await page.getByText('Together this is too long for one review.').waitFor()
    await take(page).setInputFiles(Array.from({ length: 19 }, (_, n) => file(`${n}.ts`, 'x')))
    await page.getByText('21 of 20 files').waitFor()
    await page.getByText('These are too many files for one review.').waitFor()
    await page.getByLabel('What to look at').fill('x'.repeat(2001))
    await page.getByText('2,001 of 2,000 characters').waitFor()
    await page.getByText('This is too long.').waitFor()
    expect(await inputs('wrong')).toEqual([])
  })

  test('shows why the API refused, and keeps the code', async () => {
    await web.system.limit(0, 3600)
    const page = await start('refused')
    await page.getByLabel('Code', { exact: true }).fill('let x')
    await page.getByRole('button', { name: 'Review the code' }).click()
    await page.getByRole('alert').getByText('Request id').waitFor()
    expect(await page.getByLabel('Code', { exact: true }).inputValue()).toBe('let x')
    await web.system.limit(1000, 60)
    await page.getByRole('button', { name: 'Review the code' }).click()
    await page.waitForURL(/#\/code-review\/./)
  })
})

describe('a review', () => {
  test('shows its code while it runs, can be stopped, and is found from the history', async () => {
    const id = await submit('stops', { hang: 'headers' })
    const page = await web.open({ as: 'stops', path: '/history' })
    await page.locator('.run', { hasText: 'Code review' }).locator('.run-when').press('Enter')
    await page.waitForURL(`**/#/code-review/${id}`)
    await page.getByRole('status').getByText('The model is writing.').waitFor()
    await page.getByRole('region', { name: 'a.ts' }).getByText('const a = 1').waitFor()
    expect(await inBothLanguages(page)).toEqual([])
    await page.getByRole('button', { name: 'Stop' }).press('Enter')
    await page.getByText('It was stopped. There are no findings.').waitFor()
    expect(await inBothLanguages(page)).toEqual([])
  })

  test('of another member can be watched, and not be stopped', async () => {
    const [owner, member] = [await idOf('boss'), await idOf('watcher')]
    const account_id = await createTeam(web.system, owner, [[member, 'member']], { shares: true })
    const page = await open('watcher', await submit('boss', { hang: 'headers' }, { account_id }))
    await page.getByRole('status').getByText('The model is writing.').waitFor()
    await page.getByRole('region', { name: 'a.ts' }).waitFor()
    expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(0)
  })

  test('that failed says why, and the id of its request', async () => {
    const id = await submit('fails', { content: 'I would rather talk.' })
    await whenOver(web.system, id)
    const page = await open('fails', id)
    await page.getByRole('alert').getByText('Request id: ').waitFor()
    const { error, request_id } = (
      await web.system.admin.query('select error, request_id from public.ai_generations where id = $1', [id])
    ).rows[0]
    for (const words of [error.code, request_id]) await page.getByRole('alert').getByText(words).waitFor()
    await page.getByRole('region', { name: 'a.ts' }).waitFor()
    expect(await inBothLanguages(page)).toEqual([])
  })

  test('that found nothing is a result, and says what the checks have dropped', async () => {
    const { files } = twoFiles
    const dropped = { ungrounded: 2, ambiguous_location: 1, something_new: 1 }
    const id = await seedFindings(web.system, await idOf('nothing'), { files, dropped })
    const page = await open('nothing', id)
    await page.getByText('Nothing was found.').waitFor()
    await page
      .getByText(
        'The checks dropped 4 findings: quote is not in the file (2), something_new (1), place is not clear (1).',
      )
      .waitFor()
    await page.getByLabel('File', { exact: true }).selectOption('src/a.sql')
    await page.getByRole('region', { name: 'src/a.sql' }).getByText('from cards').waitFor()
    expect(await inBothLanguages(page)).toEqual([])
  })

  test('that is none leads to what it is', async () => {
    const id = await web.submit('other', 'x'.repeat(1000))
    const page = await open('other', id)
    await page.waitForURL(`**/#/generations/${id}`)
    await page.goto(`${web.api.url}/#/code-review/no-id`)
    await page.getByText('This does not exist, or it is not yours.').waitFor()
    expect(await inBothLanguages(page)).toEqual([])
  })
})

test.each(everyLook)(
  'axe finds nothing at $width px in $language and $theme, at the beginning and among findings',
  async (look) => {
    const page = await start('axe', look)
    await take(page).setInputFiles([file('a.ts', 'x'), file('b.ts', '')])
    await page.locator('.code-file').nth(1).waitFor()
    await page.locator('.code-file input').nth(1).fill('/b.ts')
    await page.locator('button[type=submit]').click()
    await page.locator('.field-error').waitFor()
    expect(await axeFindings(page)).toEqual([])
    expect(await overflowOf(page)).toBe(0)
    const wide = { path: 'src/b.ts', content: `${twoFiles.files[0]?.content}${'wide '.repeat(200)}` }
    const review = {
      ...twoFiles,
      files: [wide, ...twoFiles.files.slice(1)],
      summary: 'word'.repeat(200),
      dropped: { ellipsis: 1 },
    }
    const id = await seedFindings(web.system, await idOf('axe'), review)
    await page.goto(`${web.api.url}/#/code-review/${id}`)
    await page.locator('.review-row.active').waitFor()
    for (const keys of [['j'], ['r'], ['Escape', '?'], ['Escape', 'a', 'a', 'r', 'Enter']]) {
      for (const key of keys) await page.keyboard.press(key)
      expect(await axeFindings(page)).toEqual([])
      expect(await overflowOf(page)).toBe(0)
    }
  },
)
