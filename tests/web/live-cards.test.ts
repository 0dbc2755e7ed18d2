import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@recto/client'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expireHeartbeat } from '../support/generations.ts'
import { latencyOf } from '../support/latency.ts'
import { createRandom } from '../support/random.ts'
import { cardsOf, writeSlowly } from '../support/slow-writer.ts'
import type { Service } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { createWeakLink } from '../support/weak-link.ts'
import { startWrittenModel, type WrittenModel } from '../support/written-model.ts'
import { type ConsoleSystem, startConsole } from './console-system.ts'

let model: WrittenModel
let web: ConsoleSystem
beforeAll(async () => {
  model = await startWrittenModel()
  web = await startConsole({ worker: { OPENROUTER_BASE_URL: model.url } })
  web.system.onStop(model.stop)
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

/** Submits a text that the test answers by `marker`. */
const submit = async (name: string) => {
  const marker = randomUUID()
  const text = newText({ marker })
  return { id: await web.submit(name, text), marker, text }
}

const rowsOf = async (id: string): Promise<string[]> => {
  const fronts = 'select front from public.ai_suggestions where generation_id = $1 order by position'
  return (await web.system.admin.query<{ front: string }>(fronts, [id])).rows.map(({ front }) => front)
}
const fronts = (page: Page) => page.locator('.card h3').allTextContents()
const provisional = (page: Page) => page.locator('.card.provisional')
const done = (page: Page) => page.getByText(/^Done: \d+ cards/).waitFor({ timeout: 60_000 })

describe('cards that a model writes', () => {
  test('come one after another, again after a reload, and are the stored ones in the end', async () => {
    const { id, marker, text } = await submit('writes')
    const writer = writeSlowly(model, marker, cardsOf(text, 10))
    const page = await web.open({ as: 'writes', path: `/generations/${id}` })
    await provisional(page).nth(1).waitFor()
    expect(await rowsOf(id)).toEqual([])
    await page.reload()
    await provisional(page).nth(3).waitFor()
    writer.end()
    await done(page)
    // The stored cards come behind the news that it is done.
    await expect.poll(() => provisional(page).count()).toBe(0)
    expect(await fronts(page)).toEqual(await rowsOf(id))
  })

  test('stop within a second of Stop in another tab, and both tabs say so', async () => {
    const { id, marker } = await submit('stops')
    const page = await web.open({ as: 'stops', path: `/generations/${id}` })
    const answer = await model.next(marker)
    await answer.write('[')
    await page.getByText('The model is writing.').waitFor()
    await page.reload()
    const beside = await web.openBeside(page)
    const stop = beside.getByRole('button', { name: 'Stop' })
    await stop.waitFor()
    const pressed = performance.now()
    const ended = answer.hungUp.then(() => performance.now() - pressed)
    await stop.press('Enter')
    expect(await ended).toBeLessThan(1_000)
    for (const tab of [page, beside]) await tab.getByText('It was stopped. No card was kept.').waitFor()
  })

  test('are on the page within 100 ms (p50) and 300 ms (p95) after the model has closed the first bracket', async () => {
    const limits = { p50: 100, p95: 300 }
    const page = await web.open({ as: 'quick', path: '/create' })
    const { p50, p95 } = await latencyOf('first card on the page', limits, async () => {
      const { id, marker, text } = await submit('quick')
      const [card = ''] = cardsOf(text, 1)
      await page.goto(`${web.api.url}/#/generations/${id}`)
      const answer = await model.next(marker)
      await answer.write(`[${card.slice(0, -1)}`)
      await page.getByText('characters so far.').waitFor()
      // The time at which the frame with the card has been drawn.
      await page.evaluate(`{ globalThis.drawn = new Promise((drawn) => new MutationObserver((_, observer) => {
        if (!document.querySelector('.card')) return
        observer.disconnect()
        requestAnimationFrame(() => setTimeout(() => drawn(performance.timeOrigin + performance.now())))
      }).observe(document.body, { childList: true, subtree: true })); 0 }`)
      const closed = await answer.write('}')
      const took = (await page.evaluate<number>('drawn')) - closed
      await answer.write(']')
      answer.end()
      await page.getByText(/^Done: 1 card/).waitFor()
      return took
    })
    expect(p50).toBeLessThan(limits.p50)
    expect(p95).toBeLessThan(limits.p95)
  })
})

/** Ends the process of a tab. */
const crash = async (page: Page): Promise<void> => {
  const crashed = page.waitForEvent('crash')
  const devtools = await page.context().newCDPSession(page)
  void devtools.send('Page.crash').catch(() => undefined)
  await crashed
}

/** The cards that an app of the client has in the end, by its stream. */
const keptByStream = async (url: string, getToken: () => Promise<string>, id: string): Promise<string[]> => {
  const cards = new Map<string, string>()
  for await (const { type, data } of createClient({ url, getToken }).stream(id, { timeoutMs: 200_000 })) {
    if (type === 'suggestion') cards.set(data.key, data.front)
    else if (type === 'withdrawn') cards.delete(data.key)
    else if (type === 'reset') cards.clear()
  }
  return [...cards.values()]
}

test('20 random kills of API, worker and tab leave the page and an app with exactly the cards of the table', async () => {
  const { id, marker, text } = await submit('kills')
  const { getToken } = await web.person('kills')
  const writer = writeSlowly(model, marker, cardsOf(text, 10))
  let api: Service = await web.system.startApi(web.settings)
  let worker = web.worker
  const link = await createWeakLink(api)
  const address = `${link.url}/#/generations/${id}`
  let page = await web.open({ as: 'kills', path: `/generations/${id}`, url: link.url })
  const kept = keptByStream(link.url, getToken, id)
  const random = createRandom(20)
  // A generation has four attempts.
  const left = { worker: 3, api: 9, tab: 8 }
  const victims = Object.entries(left).flatMap(([victim, kills]) => Array.from({ length: kills }, () => victim))
  while (victims.length > 0) {
    await delay(random.below(1_500))
    const [victim] = victims.splice(random.below(victims.length), 1)
    if (victim === 'worker') {
      worker.kill('SIGKILL')
      worker = await web.system.startWorker({ OPENROUTER_BASE_URL: model.url })
      await expireHeartbeat(web.system, id)
    } else if (victim === 'api') {
      api.kill('SIGKILL')
      api = await web.system.startApi(web.settings)
      link.leadTo(api)
    } else {
      await crash(page)
      const next = await web.openBeside(page, address)
      await page.close()
      page = next
    }
  }
  writer.end()
  await done(page)
  const rows = await rowsOf(id)
  expect(rows.length).toBeGreaterThan(3)
  await expect.poll(() => fronts(page)).toEqual(rows)
  await expect.poll(() => provisional(page).count()).toBe(0)
  expect((await kept).toSorted()).toEqual(rows.toSorted())
  expect(writer.requests()).toBeGreaterThan(2)
  link.stop()
}, 300_000)
