import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { suggestions, whenOver } from '../support/generations.ts'
import { latencyOf } from '../support/latency.ts'
import { frontsOf } from '../support/live-messages.ts'
import { builder, json, type LiveSystem, startLiveSystem } from '../support/live-system.ts'
import { newText } from '../support/text.ts'
import type { WrittenAnswer } from '../support/written-model.ts'

let recto: LiveSystem
beforeAll(async () => {
  recto = await startLiveSystem()
})
afterEach(() => recto.killWorkers())
afterAll(() => recto?.stop())

const writeAll = async (answer: WrittenAnswer, texts: readonly string[]): Promise<void> => {
  for (const text of texts) await answer.write(text)
}

test('a worker sends few live messages, each small enough for Postgres, for a thousand cards with long texts', async () => {
  const worker = await recto.startWorker()
  const { id, next } = await recto.submit({ options: { max_cards: 30 } })
  await recto.live.watch(id)
  const answer = await next()
  const quote = /The lighthouse of Point 1 .* from its history\./.exec(newText({ marker: 'none', length: 1000 }))?.[0]
  const long = (n: number) => ({
    front: `${n} ${'漢'.repeat(190)}`,
    back: `${n} ${'字'.repeat(490)}`,
    source_quote: quote,
  })
  const began = performance.now()
  for (let n = 0; n < 1000; n++)
    await answer.write(`${n === 0 ? '[' : ','}${JSON.stringify(n < 30 ? long(n) : { front: n })}`)
  await recto.live.when(id, 'all cards', (all) => frontsOf(all).length >= 30)
  const seconds = (performance.now() - began) / 1000
  const messages = recto.live.of(id)
  expect(Math.max(...messages.map(({ bytes }) => bytes))).toBeLessThan(8000)
  expect(messages.length).toBeLessThan(21 * seconds + 2)
  await answer.write(']')
  answer.end()
  await whenOver(recto.system, id)
  expect(await suggestions(recto.system, id)).toHaveLength(30)
  expect(worker.log()).not.toMatch(/漢|lighthouse|Whitfield/)
  // What Postgres knows as the text of a statement, it logs and counts as such.
  const { rows } = await recto.system.admin.query(
    `select query from extensions.pg_stat_statements where query like '%pg_notify%unnest%' or query like '%漢%'`,
  )
  expect(rows.filter(({ query }) => !query.includes('pg_stat_statements'))).toEqual([
    { query: 'select pg_notify($1, payload) from unnest($2::text[]) payload' },
  ])
})

test('the first card arrives within 100 ms (p50) after the model has closed its bracket', async () => {
  await recto.startWorker()
  const limits = { p50: 100, p95: Number.POSITIVE_INFINITY }
  const begun =
    json(builder)
      .slice(0, -1)
      .match(/.{1,12}/g) ?? []
  const { p50 } = await latencyOf('first card after its bracket', limits, async () => {
    const { id, next } = await recto.submit()
    await recto.live.watch(id)
    const answer = await next()
    await writeAll(answer, ['{"cards":[', ...begun])
    const at = await answer.write('}')
    await recto.live.when(id, 'the card', (all) => frontsOf(all).length === 1)
    const message = recto.live.of(id).find(({ events }) => frontsOf(events).length === 1)
    await answer.write(']}')
    answer.end()
    await whenOver(recto.system, id)
    return (message?.at ?? Number.NaN) - at
  })
  expect(p50).toBeLessThan(limits.p50)
})
