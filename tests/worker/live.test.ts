import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expireHeartbeat, suggestions, whenOver } from '../support/generations.ts'
import { latencyOf } from '../support/latency.ts'
import { frontsOf, listenLive, typesOf } from '../support/live-messages.ts'
import { createSubmitter, type NewRow, type Submitter } from '../support/submitter.ts'
import { type Service, type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { startWrittenModel, type WrittenAnswer, type WrittenModel } from '../support/written-model.ts'

let system: System
let submitter: Submitter
let model: WrittenModel
let live: Awaited<ReturnType<typeof listenLive>>
let workers: Service[] = []

beforeAll(async () => {
  system = await startSystem()
  await system.limit(1000, 60)
  submitter = await createSubmitter(system)
  model = await startWrittenModel()
  live = await listenLive(system.supabase.apiDatabaseUrl)
})
afterEach(async () => {
  for (const worker of workers) worker.kill('SIGKILL')
  await Promise.all(workers.map(({ exited }) => exited))
  workers = []
})
afterAll(async () => {
  await live?.stop()
  model?.stop()
  await submitter?.stop()
  await system?.stop()
})

const startWorker = async (env: Record<string, string> = {}): Promise<Service> => {
  const worker = await system.startWorker({ OPENROUTER_BASE_URL: model.url, ...env })
  workers.push(worker)
  return worker
}

let submitted = 0
/** Submits a text and waits for the request about it. */
const submit = async (row: NewRow = {}) => {
  const marker = `live-${++submitted}`
  const id = await submitter.submit(await system.person(), { source_text: newText({ marker }), ...row })
  return { id, marker, next: () => model.next(marker) }
}

const builder = { front: 'Who built the lighthouse of Point 1?', back: 'Clara Whitfield' }
const tower = { front: 'How high is the tower of the lighthouse?', back: '42 metres' }
const horn = { front: 'How far can the fog horn be heard?', back: '9 kilometres' }
const museum = { front: 'How many objects does the museum show?', back: '260' }
const quotes = new Map([
  [builder, 'was built in 1847 by the engineer Clara Whitfield'],
  [tower, 'The tower is 42 metres high and stands on a base of grey granite.'],
  [horn, 'The fog horn can be heard at a distance of 9 kilometres.'],
  [museum, 'A museum in the old engine room shows 260 objects from its history.'],
])
const cards = [builder, tower, horn, museum]
const json = (card: object) => JSON.stringify({ ...card, source_quote: quotes.get(card as typeof builder) })
const ungrounded = {
  front: 'What is the capital of France?',
  back: 'Paris',
  source_quote: 'Paris is the capital of France.',
}

const writeAll = async (answer: WrittenAnswer, texts: readonly string[]): Promise<void> => {
  for (const text of texts) await answer.write(text)
}

describe('a generation that somebody watches', () => {
  test('shows each card when it has passed the gate, and then commits exactly these', async () => {
    await startWorker()
    const { id, next } = await submit()
    await live.watch(id)
    const answer = await next()
    await writeAll(answer, ['```json\n{"cards":', `[${json(builder)}`])
    await live.when(id, 'the first card', (events) => frontsOf(events).length === 1)
    await writeAll(answer, [`,${JSON.stringify(ungrounded)},${json(builder)},`, json(tower).slice(0, 30)])
    await writeAll(answer, [`${json(tower).slice(30)},`])
    const events = await live.when(id, 'the second card', (all) => frontsOf(all).length === 2)
    expect(frontsOf(events)).toEqual([builder.front, tower.front])
    expect(events.findLast(({ type }) => type === 'progress')).toMatchObject({
      items: 2,
      characters: expect.any(Number),
    })
    await writeAll(answer, [`${json(horn)}]}\n\`\`\``])
    answer.end()
    expect(await whenOver(system, id)).toMatchObject({
      status: 'succeeded',
      ai_metadata: { dropped: { ungrounded: 1 } },
    })
    const all = await live.when(id, 'the last card', (some) => frontsOf(some).length === 3)
    expect(typesOf(all)).toEqual(['item', 'item', 'item'])
    const { rows } = await system.admin.query(
      `select fingerprint as key, jsonb_build_object('front', front, 'back', back, 'source_quote', source_quote,
        'quote_start', quote_start, 'quote_end', quote_end, 'flags', flags) as value
       from public.ai_suggestions where generation_id = $1 order by position`,
      [id],
    )
    expect(all.flatMap((event) => (event.type === 'item' ? [{ key: event.key, value: event.value }] : []))).toEqual(
      rows,
    )
    expect(live.of(id).map(({ attempt }) => attempt)).toEqual(live.of(id).map(() => 1))
  })

  test('tells the first watcher what has passed before, and a later one all of it again', async () => {
    await startWorker()
    const { id, next } = await submit()
    const answer = await next()
    await writeAll(answer, [`[${json(builder)},${json(tower)},`])
    await live.watch(id)
    expect(frontsOf(await live.when(id, 'both cards', (all) => frontsOf(all).length === 2))).toEqual([
      builder.front,
      tower.front,
    ])
    await live.watch(id)
    const again = await live.when(id, 'both cards again', (all) => frontsOf(all).length === 4)
    expect(frontsOf(again).slice(2)).toEqual([builder.front, tower.front])
    await answer.write(`${json(horn)}]`)
    answer.end()
    await whenOver(system, id)
    expect((await suggestions(system, id)).map(({ front }) => front)).toEqual([builder.front, tower.front, horn.front])
  })

  test('shows no more cards than were asked for', async () => {
    await startWorker()
    const { id, next } = await submit({ options: { max_cards: 2 } })
    await live.watch(id)
    const answer = await next()
    await writeAll(answer, ['[', ...cards.map((card) => `${json(card)},`)])
    await live.when(id, 'two cards', (all) => frontsOf(all).length === 2)
    await answer.write('{}]')
    answer.end()
    await whenOver(system, id)
    expect(typesOf(live.eventsOf(id))).toEqual(['item', 'item'])
  })

  test('starts again when its request fails and another one answers', async () => {
    await startWorker()
    const { id, next } = await submit()
    await live.watch(id)
    const first = await next()
    await first.write(`{"cards":[${json(builder)},${json(tower)}`)
    await live.when(id, 'two cards', (all) => frontsOf(all).length === 2)
    first.cut()
    const second = await next()
    await second.write(`{"cards":[${json(tower)}`)
    const events = await live.when(id, 'the card of the other request', (all) => frontsOf(all).length === 3)
    expect(typesOf(events)).toEqual(['item', 'item', 'reset', 'item'])
    await second.write(']}')
    second.end()
    expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded', attempts: 1 })
    expect(await suggestions(system, id)).toMatchObject([{ front: tower.front }])
  })

  test('follows the hedge that wins, and only one answer at a time', async () => {
    await startWorker({ MODEL_HEDGE_MS: '300' })
    const { id, next } = await submit()
    await live.watch(id)
    const first = await next()
    await first.write(`{"cards":[${json(builder)},`)
    const hedge = await next()
    await hedge.write(`{"cards":[${json(tower)}`)
    await first.write(`${json(museum)},`)
    await live.when(id, 'the cards of the first', (all) => frontsOf(all).length === 2)
    await hedge.write(`,${json(horn)}]}`)
    hedge.end()
    await first.hungUp
    await whenOver(system, id)
    const events = await live.when(id, 'the cards of the hedge', (all) => frontsOf(all).length === 4)
    expect(typesOf(events)).toEqual(['item', 'item', 'reset', 'item', 'item'])
    expect(frontsOf(events)).toEqual([builder, museum, tower, horn].map(({ front }) => front))
  })

  test('starts again when what came before was thinking', async () => {
    await startWorker()
    const { id, next } = await submit()
    await live.watch(id)
    const answer = await next()
    await answer.write(`{"cards":[${json(builder)}]}`)
    await live.when(id, 'the card that was thought of', (all) => frontsOf(all).length === 1)
    await answer.write(`\n</think>\n{"cards":[${json(tower)}]}`)
    answer.end()
    await whenOver(system, id)
    const events = await live.when(id, 'the card', (all) => frontsOf(all).length === 2)
    expect(typesOf(events)).toEqual(['item', 'reset', 'item'])
    expect(await suggestions(system, id)).toMatchObject([{ front: tower.front }])
  })

  test('shows personal values, which the model never saw', async () => {
    await startWorker({ RECTO_SCRUB: 'on' })
    const marker = 'live-scrubbed'
    const id = await submitter.submit(await system.person(), {
      source_text: `Berths are given by ingrid.flett@harbour.example today. ${newText({ marker })}`,
    })
    await live.watch(id)
    const answer = await model.next(marker)
    const berths = {
      front: 'Who gives berths?',
      back: '[EMAIL_1]',
      source_quote: 'Berths are given by [EMAIL_1] today.',
    }
    const invented = { ...berths, front: 'Who else?', back: '[EMAIL_7]' }
    await answer.write(`[${JSON.stringify(invented)},${JSON.stringify(berths)},`)
    const events = await live.when(id, 'the card', (all) => frontsOf(all).length === 1)
    expect(events.find(({ type }) => type === 'item')).toMatchObject({
      value: { front: berths.front, back: 'ingrid.flett@harbour.example', quote_start: 0 },
    })
    await answer.write(`${json(tower)}]`)
    answer.end()
    expect(await whenOver(system, id)).toMatchObject({ ai_metadata: { dropped: { invented_placeholder: 1 } } })
  })

  test('shows the same key and the same texts in an attempt after its worker was killed, under the new number', async () => {
    const first = await startWorker()
    const { id, next } = await submit()
    await live.watch(id)
    await (await next()).write(`[${json(builder)},`)
    await live.when(id, 'the card', (all) => frontsOf(all).length === 1)
    // It hears the next notification before it runs anything.
    await startWorker()
    await live.watch(id)
    first.kill('SIGKILL')
    await first.exited
    await expireHeartbeat(system, id)
    const answer = await next()
    await answer.write(`[${json(builder)},`)
    const items = () =>
      live
        .of(id)
        .flatMap(({ attempt, events }) =>
          events.flatMap((event) => (event.type === 'item' ? [{ attempt, key: event.key }] : [])),
        )
    await live.when(id, 'the card of the second attempt', () => items().some(({ attempt }) => attempt === 2))
    expect(items().at(-1)).toEqual({ attempt: 2, key: items()[0]?.key })
    await answer.write(`${json(tower)}]`)
    answer.end()
    expect(await whenOver(system, id)).toMatchObject({ status: 'succeeded', attempts: 2 })
  })

  test('shows nothing more once it is cancelled', async () => {
    await startWorker()
    const { id, next } = await submit()
    await live.watch(id)
    const answer = await next()
    await answer.write(`[${json(builder)},`)
    await live.when(id, 'the card', (all) => frontsOf(all).length === 1)
    await system.admin.query(
      `update public.ai_generations set status = 'cancelled', finished_at = now() where id = $1`,
      [id],
    )
    await system.admin.query(`select pg_notify('recto_cancel', $1)`, [id])
    await answer.hungUp
    const told = live.eventsOf(id).length
    const other = await submit()
    await live.watch(id, other.id)
    const another = await other.next()
    await another.write(`[${json(tower)}]`)
    another.end()
    await whenOver(system, other.id)
    expect(live.eventsOf(id)).toHaveLength(told)
  })

  test('sends few messages, each small enough for Postgres, for a thousand cards with long texts', async () => {
    const worker = await startWorker()
    const { id, next } = await submit({ options: { max_cards: 30 } })
    await live.watch(id)
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
    await live.when(id, 'all cards', (all) => frontsOf(all).length >= 30)
    const seconds = (performance.now() - began) / 1000
    const messages = live.of(id)
    expect(Math.max(...messages.map(({ bytes }) => bytes))).toBeLessThan(8000)
    expect(messages.length).toBeLessThan(21 * seconds + 2)
    await answer.write(']')
    answer.end()
    await whenOver(system, id)
    expect(await suggestions(system, id)).toHaveLength(30)
    expect(worker.log()).not.toMatch(/漢|lighthouse|Whitfield/)
    // What Postgres knows as the text of a statement, it logs and counts as such.
    const { rows } = await system.admin.query(
      `select query from extensions.pg_stat_statements where query like '%pg_notify%unnest%' or query like '%漢%'`,
    )
    expect(rows.filter(({ query }) => !query.includes('pg_stat_statements'))).toEqual([
      { query: 'select pg_notify($1, payload) from unnest($2::text[]) payload' },
    ])
  })
})

test('another kind withdraws what only the whole answer shows to be wrong, with the reason, before it is stored', async () => {
  await startWorker({ NODE_OPTIONS: `--import=${new URL('../support/toy-kind.ts', import.meta.url)}` })
  const api = await system.startApi({ NODE_OPTIONS: `--import=${new URL('../support/toy-kind.ts', import.meta.url)}` })
  const ana = await system.person(api)
  const notes = ['The generation-marker: toy-live. The lighthouse is old and white. It has seven floors.']
  const { generation_id: id } = (await (await ana.submit({ kind: 'toy', notes })).json()) as { generation_id: string }
  await live.watch(id)
  const answer = await model.next('toy-live')
  await answer.write('The lighthouse is old\nIt has nine floors.\nIt has')
  await live.when(id, 'the first sentence', (all) => typesOf(all).length === 1)
  await answer.write(' seven floors.\nThe lighthouse is old and white.')
  await live.when(id, 'the second sentence', (all) => typesOf(all).length === 2)
  answer.end()
  await whenOver(system, id)
  const events = await live.when(id, 'the end', (all) => typesOf(all).length === 4)
  expect(events.filter(({ type }) => type !== 'progress')).toMatchObject([
    { type: 'item', key: 'The lighthouse is old' },
    { type: 'item', key: 'It has seven floors.' },
    { type: 'withdrawn', key: 'The lighthouse is old', reason: 'part_of_another' },
    { type: 'item', key: 'The lighthouse is old and white.' },
  ])
})

describe('nothing is shown', () => {
  test('of a generation that nobody watches, nor of a result from the cache', async () => {
    await startWorker({ RECTO_CACHE_TTL_SECONDS: '3600' })
    const marker = 'live-cached'
    const [person, row] = [await system.person(), { source_text: newText({ marker }) }]
    const id = await submitter.submit(person, row)
    const answer = await model.next(marker)
    await writeAll(answer, ['[', json(builder), ',', json(tower), ']'])
    answer.end()
    await whenOver(system, id)
    const cached = await submitter.submit(person, row)
    await live.watch(cached, 'not-an-id', '')
    expect(await whenOver(system, cached)).toMatchObject({ status: 'succeeded', ai_metadata: { cached: true } })
    const watched = await submit()
    await live.watch(watched.id)
    const other = await watched.next()
    await other.write(`[${json(tower)}]`)
    other.end()
    await live.when(watched.id, 'the card of another', (all) => frontsOf(all).length === 1)
    expect([live.eventsOf(id), live.eventsOf(cached)]).toEqual([[], []])
  })
})

test('the first card arrives within 100 ms (p50) after the model has closed its bracket', async () => {
  await startWorker()
  const limits = { p50: 100, p95: Number.POSITIVE_INFINITY }
  const begun =
    json(builder)
      .slice(0, -1)
      .match(/.{1,12}/g) ?? []
  const { p50 } = await latencyOf('first card after its bracket', limits, async () => {
    const { id, next } = await submit()
    await live.watch(id)
    const answer = await next()
    await writeAll(answer, ['{"cards":[', ...begun])
    const at = await answer.write('}')
    await live.when(id, 'the card', (all) => frontsOf(all).length === 1)
    const message = live.of(id).find(({ events }) => frontsOf(events).length === 1)
    await answer.write(']}')
    answer.end()
    await whenOver(system, id)
    return (message?.at ?? Number.NaN) - at
  })
  expect(p50).toBeLessThan(limits.p50)
})
