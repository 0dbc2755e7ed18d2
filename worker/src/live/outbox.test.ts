import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createOutbox } from './outbox.ts'
import { createRunMessages } from './run-messages.ts'

/** A busy machine takes longer than the second that is usual. */
const patience = { timeout: 20_000 }

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'Date'] }))
afterEach(() => void vi.useRealTimers())

const outboxWith = (notify: (payloads: string[]) => Promise<unknown>) => {
  const open = createOutbox({ notify, now: Date.now, eventsMs: 50, progressMs: 200 })
  return (id: string) => {
    const messages = createRunMessages({ id, attempt: 1 })
    const sender = open(messages)
    return {
      ...sender,
      add: (key: string) => {
        messages.add({ key, value: {} })
        sender.send()
      },
      grow: () => {
        messages.grow(1)
        sender.send()
      },
      messages,
    }
  }
}

/** Records when payloads are sent, in milliseconds from now. */
const recorded = () => {
  const began = Date.now()
  const sent: [atMs: number, keys: string][] = []
  const run = outboxWith(async (payloads) => {
    for (const payload of payloads)
      sent.push([Date.now() - began, [...payload.matchAll(/"key":"(\w+)"/g)].map(([, key]) => key).join(' ')])
  })
  return { run, sent }
}

describe('the messages of one run', () => {
  test('leave at once, and then every 50 ms with what has come meanwhile', async () => {
    const { run, sent } = recorded()
    const { add } = run('a')
    add('first')
    await vi.advanceTimersByTimeAsync(10)
    for (let n = 0; n < 100; n++) {
      add(`k${n}`)
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(sent[0]).toEqual([0, 'first'])
    const gaps = sent.slice(1).map(([at], n) => at - (sent[n]?.[0] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(50)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(52)
    await vi.advanceTimersByTimeAsync(60)
    expect(sent.flatMap(([, keys]) => keys.split(' '))).toHaveLength(101)
  })

  test('that say only how far the answer is leave every 200 ms, and do not delay the next item', async () => {
    const { run, sent } = recorded()
    const { add, grow } = run('a')
    for (let n = 0; n < 41; n++) {
      grow()
      await vi.advanceTimersByTimeAsync(10)
    }
    // A turn of the event loop takes a millisecond here.
    expect(sent.map(([at]) => Math.floor(at / 10) * 10)).toEqual([0, 200, 400])
    add('k')
    await vi.advanceTimersByTimeAsync(1)
    expect(sent.at(-1)).toEqual([410, 'k'])
  })

  test('do not leave after its end, except what is flushed', async () => {
    const { run, sent } = recorded()
    const { add, flush, close, messages } = run('a')
    add('first')
    await vi.advanceTimersByTimeAsync(10)
    add('second')
    void flush()
    messages.add({ key: 'third', value: {} })
    close()
    await vi.advanceTimersByTimeAsync(1000)
    expect(sent.map(([, keys]) => keys)).toEqual(['first', 'second'])
  })
})

describe('the messages of many runs', () => {
  test('share statements, of which only one is under way', async () => {
    let underWay = 0
    let most = 0
    const sizes: number[] = []
    const run = outboxWith(async (payloads) => {
      sizes.push(payloads.length)
      most = Math.max(most, ++underWay)
      await delay(20)
      underWay--
    })
    const runs = Array.from({ length: 120 }, (_, n) => run(`r${n}`))
    for (const { add } of runs) add('k')
    await vi.advanceTimersByTimeAsync(1000)
    vi.useRealTimers()
    await vi.waitFor(() => expect(sizes).toEqual([50, 50, 20]), patience)
    expect(most).toBe(1)
  })

  test('go on when a statement fails, and what is flushed is over then', async () => {
    let fails = true
    const sent: string[] = []
    const run = outboxWith(async (payloads) => {
      if (fails) throw new Error('the database is away')
      sent.push(...payloads)
    })
    const { add, flush, messages } = run('a')
    messages.add({ key: 'lost', value: {} })
    const flushed = flush()
    await vi.advanceTimersByTimeAsync(1)
    await flushed
    fails = false
    add('next')
    await vi.advanceTimersByTimeAsync(100)
    expect(sent).toHaveLength(1)
    expect(sent[0]).toContain('next')
  })
})
