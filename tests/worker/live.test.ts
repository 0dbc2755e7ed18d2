import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { suggestions, whenOver } from '../support/generations.ts'
import { frontsOf, typesOf } from '../support/live-messages.ts'
import { builder, cards, horn, json, type LiveSystem, startLiveSystem, tower } from '../support/live-system.ts'
import { newText } from '../support/text.ts'
import type { WrittenAnswer } from '../support/written-model.ts'

let recto: LiveSystem
beforeAll(async () => {
  recto = await startLiveSystem()
})
afterEach(() => recto.killWorkers())
afterAll(() => recto?.stop())

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
    await recto.startWorker()
    const { id, next } = await recto.submit()
    await recto.live.watch(id)
    const answer = await next()
    await writeAll(answer, ['```json\n{"cards":', `[${json(builder)}`])
    await recto.live.when(id, 'the first card', (events) => frontsOf(events).length === 1)
    await writeAll(answer, [`,${JSON.stringify(ungrounded)},${json(builder)},`, json(tower).slice(0, 30)])
    await writeAll(answer, [`${json(tower).slice(30)},`])
    const events = await recto.live.when(id, 'the second card', (all) => frontsOf(all).length === 2)
    expect(frontsOf(events)).toEqual([builder.front, tower.front])
    expect(events.findLast(({ type }) => type === 'progress')).toMatchObject({
      items: 2,
      characters: expect.any(Number),
    })
    await writeAll(answer, [`${json(horn)}]}\n\`\`\``])
    answer.end()
    expect(await whenOver(recto.system, id)).toMatchObject({
      status: 'succeeded',
      ai_metadata: { dropped: { ungrounded: 1 } },
    })
    const all = await recto.live.when(id, 'the last card', (some) => frontsOf(some).length === 3)
    expect(typesOf(all)).toEqual(['item', 'item', 'item'])
    const { rows } = await recto.system.admin.query(
      `select fingerprint as key, jsonb_build_object('front', front, 'back', back, 'source_quote', source_quote,
        'quote_start', quote_start, 'quote_end', quote_end, 'flags', flags) as value
       from public.ai_suggestions where generation_id = $1 order by position`,
      [id],
    )
    expect(all.flatMap((event) => (event.type === 'item' ? [{ key: event.key, value: event.value }] : []))).toEqual(
      rows,
    )
    expect(recto.live.of(id).map(({ attempt }) => attempt)).toEqual(recto.live.of(id).map(() => 1))
  })

  test('tells the first watcher what has passed before, and a later one all of it again', async () => {
    await recto.startWorker()
    const { id, next } = await recto.submit()
    const answer = await next()
    await writeAll(answer, [`[${json(builder)},${json(tower)},`])
    await recto.live.watch(id)
    expect(frontsOf(await recto.live.when(id, 'both cards', (all) => frontsOf(all).length === 2))).toEqual([
      builder.front,
      tower.front,
    ])
    await recto.live.watch(id)
    const again = await recto.live.when(id, 'both cards again', (all) => frontsOf(all).length === 4)
    expect(frontsOf(again).slice(2)).toEqual([builder.front, tower.front])
    await answer.write(`${json(horn)}]`)
    answer.end()
    await whenOver(recto.system, id)
    expect((await suggestions(recto.system, id)).map(({ front }) => front)).toEqual([
      builder.front,
      tower.front,
      horn.front,
    ])
  })

  test('shows no more cards than were asked for', async () => {
    await recto.startWorker()
    const { id, next } = await recto.submit({ options: { max_cards: 2 } })
    await recto.live.watch(id)
    const answer = await next()
    await writeAll(answer, ['[', ...cards.map((card) => `${json(card)},`)])
    await recto.live.when(id, 'two cards', (all) => frontsOf(all).length === 2)
    await answer.write('{}]')
    answer.end()
    await whenOver(recto.system, id)
    expect(typesOf(recto.live.eventsOf(id))).toEqual(['item', 'item'])
  })

  test('starts again when what came before was thinking', async () => {
    await recto.startWorker()
    const { id, next } = await recto.submit()
    await recto.live.watch(id)
    const answer = await next()
    await answer.write(`{"cards":[${json(builder)}]}`)
    await recto.live.when(id, 'the card that was thought of', (all) => frontsOf(all).length === 1)
    await answer.write(`\n</think>\n{"cards":[${json(tower)}]}`)
    answer.end()
    await whenOver(recto.system, id)
    const events = await recto.live.when(id, 'the card', (all) => frontsOf(all).length === 2)
    expect(typesOf(events)).toEqual(['item', 'reset', 'item'])
    expect(await suggestions(recto.system, id)).toMatchObject([{ front: tower.front }])
  })

  test('shows personal values, which the model never saw', async () => {
    await recto.startWorker({ RECTO_SCRUB: 'on' })
    const marker = 'live-scrubbed'
    const id = await recto.submitter.submit(await recto.system.person(), {
      source_text: `Berths are given by ingrid.flett@harbour.example today. ${newText({ marker })}`,
    })
    await recto.live.watch(id)
    const answer = await recto.model.next(marker)
    const berths = {
      front: 'Who gives berths?',
      back: '[EMAIL_1]',
      source_quote: 'Berths are given by [EMAIL_1] today.',
    }
    const invented = { ...berths, front: 'Who else?', back: '[EMAIL_7]' }
    await answer.write(`[${JSON.stringify(invented)},${JSON.stringify(berths)},`)
    const events = await recto.live.when(id, 'the card', (all) => frontsOf(all).length === 1)
    expect(events.find(({ type }) => type === 'item')).toMatchObject({
      value: { front: berths.front, back: 'ingrid.flett@harbour.example', quote_start: 0 },
    })
    await answer.write(`${json(tower)}]`)
    answer.end()
    expect(await whenOver(recto.system, id)).toMatchObject({ ai_metadata: { dropped: { invented_placeholder: 1 } } })
  })
})

test('a generation of another kind withdraws what only the whole answer shows to be wrong, with the reason, before it is stored', async () => {
  await recto.startWorker({ NODE_OPTIONS: `--import=${new URL('../support/toy-kind.ts', import.meta.url)}` })
  const api = await recto.system.startApi({
    NODE_OPTIONS: `--import=${new URL('../support/toy-kind.ts', import.meta.url)}`,
  })
  const ana = await recto.system.person(api)
  const notes = ['The generation-marker: toy-live. The lighthouse is old and white. It has seven floors.']
  const { generation_id: id } = (await (await ana.submit({ kind: 'toy', notes })).json()) as { generation_id: string }
  await recto.live.watch(id)
  const answer = await recto.model.next('toy-live')
  await answer.write('The lighthouse is old\nIt has nine floors.\nIt has')
  await recto.live.when(id, 'the first sentence', (all) => typesOf(all).length === 1)
  await answer.write(' seven floors.\nThe lighthouse is old and white.')
  await recto.live.when(id, 'the second sentence', (all) => typesOf(all).length === 2)
  answer.end()
  await whenOver(recto.system, id)
  const events = await recto.live.when(id, 'the end', (all) => typesOf(all).length === 4)
  expect(events.filter(({ type }) => type !== 'progress')).toMatchObject([
    { type: 'item', key: 'The lighthouse is old' },
    { type: 'item', key: 'It has seven floors.' },
    { type: 'withdrawn', key: 'The lighthouse is old', reason: 'part_of_another' },
    { type: 'item', key: 'The lighthouse is old and white.' },
  ])
})

describe('nothing is shown', () => {
  test('of a generation that nobody watches, nor of a result from the cache', async () => {
    await recto.startWorker({ RECTO_CACHE_TTL_SECONDS: '3600' })
    const marker = 'live-cached'
    const [person, row] = [await recto.system.person(), { source_text: newText({ marker }) }]
    const id = await recto.submitter.submit(person, row)
    const answer = await recto.model.next(marker)
    await writeAll(answer, ['[', json(builder), ',', json(tower), ']'])
    answer.end()
    await whenOver(recto.system, id)
    const cached = await recto.submitter.submit(person, row)
    await recto.live.watch(cached, 'not-an-id', '')
    expect(await whenOver(recto.system, cached)).toMatchObject({ status: 'succeeded', ai_metadata: { cached: true } })
    const watched = await recto.submit()
    await recto.live.watch(watched.id)
    const other = await watched.next()
    await other.write(`[${json(tower)}]`)
    other.end()
    await recto.live.when(watched.id, 'the card of another', (all) => frontsOf(all).length === 1)
    expect([recto.live.eventsOf(id), recto.live.eventsOf(cached)]).toEqual([[], []])
  })
})
