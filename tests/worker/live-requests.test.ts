import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expireHeartbeat, suggestions, whenOver } from '../support/generations.ts'
import { frontsOf, typesOf } from '../support/live-messages.ts'
import { builder, horn, json, type LiveSystem, museum, startLiveSystem, tower } from '../support/live-system.ts'

let recto: LiveSystem
beforeAll(async () => {
  recto = await startLiveSystem()
})
afterEach(() => recto.killWorkers())
afterAll(() => recto?.stop())

describe('a generation that somebody watches', () => {
  test('starts again when its request fails and another one answers', async () => {
    await recto.startWorker()
    const { id, next } = await recto.submit()
    await recto.live.watch(id)
    const first = await next()
    await first.write(`{"cards":[${json(builder)},${json(tower)}`)
    await recto.live.when(id, 'two cards', (all) => frontsOf(all).length === 2)
    first.cut()
    const second = await next()
    await second.write(`{"cards":[${json(tower)}`)
    const events = await recto.live.when(id, 'the card of the other request', (all) => frontsOf(all).length === 3)
    expect(typesOf(events)).toEqual(['item', 'item', 'reset', 'item'])
    await second.write(']}')
    second.end()
    expect(await whenOver(recto.system, id)).toMatchObject({ status: 'succeeded', attempts: 1 })
    expect(await suggestions(recto.system, id)).toMatchObject([{ front: tower.front }])
  })

  test('follows the hedge that wins, and only one answer at a time', async () => {
    await recto.startWorker({ MODEL_HEDGE_MS: '300' })
    const { id, next } = await recto.submit()
    await recto.live.watch(id)
    const first = await next()
    await first.write(`{"cards":[${json(builder)},`)
    const hedge = await next()
    await hedge.write(`{"cards":[${json(tower)}`)
    await first.write(`${json(museum)},`)
    await recto.live.when(id, 'the cards of the first', (all) => frontsOf(all).length === 2)
    await hedge.write(`,${json(horn)}]}`)
    hedge.end()
    await first.hungUp
    await whenOver(recto.system, id)
    const events = await recto.live.when(id, 'the cards of the hedge', (all) => frontsOf(all).length === 4)
    expect(typesOf(events)).toEqual(['item', 'item', 'reset', 'item', 'item'])
    expect(frontsOf(events)).toEqual([builder, museum, tower, horn].map(({ front }) => front))
  })

  test('shows the same key and the same texts in an attempt after its worker was killed, under the new number', async () => {
    const first = await recto.startWorker()
    const { id, next } = await recto.submit()
    await recto.live.watch(id)
    await (await next()).write(`[${json(builder)},`)
    await recto.live.when(id, 'the card', (all) => frontsOf(all).length === 1)
    // It hears the next notification before it runs anything.
    await recto.startWorker()
    await recto.live.watch(id)
    first.kill('SIGKILL')
    await first.exited
    await expireHeartbeat(recto.system, id)
    const answer = await next()
    await answer.write(`[${json(builder)},`)
    const items = () =>
      recto.live
        .of(id)
        .flatMap(({ attempt, events }) =>
          events.flatMap((event) => (event.type === 'item' ? [{ attempt, key: event.key }] : [])),
        )
    await recto.live.when(id, 'the card of the second attempt', () => items().some(({ attempt }) => attempt === 2))
    expect(items().at(-1)).toEqual({ attempt: 2, key: items()[0]?.key })
    await answer.write(`${json(tower)}]`)
    answer.end()
    expect(await whenOver(recto.system, id)).toMatchObject({ status: 'succeeded', attempts: 2 })
  })

  test('shows nothing more once it is cancelled', async () => {
    await recto.startWorker()
    const { id, next } = await recto.submit()
    await recto.live.watch(id)
    const answer = await next()
    await answer.write(`[${json(builder)},`)
    await recto.live.when(id, 'the card', (all) => frontsOf(all).length === 1)
    await recto.system.admin.query(
      `update public.ai_generations set status = 'cancelled', finished_at = now() where id = $1`,
      [id],
    )
    await recto.system.admin.query(`select pg_notify('recto_cancel', $1)`, [id])
    await answer.hungUp
    const told = recto.live.eventsOf(id).length
    const other = await recto.submit()
    await recto.live.watch(id, other.id)
    const another = await other.next()
    await another.write(`[${json(tower)}]`)
    another.end()
    await whenOver(recto.system, other.id)
    expect(recto.live.eventsOf(id)).toHaveLength(told)
  })
})
