import { LiveMessage } from '@recto/shared/live'
import { describe, expect, test, vi } from 'vitest'
import { WATCHED_MS } from '../deadlines.ts'
import { flashcards } from '../kinds/flashcards/kind.ts'
import { parse } from '../kinds/flashcards/parse.ts'
import { leastOf, longestTurn } from '../testing/longest-turn.ts'
import { createLive } from './live.ts'

/** A busy machine takes longer than the second that is usual. */
const patience = { timeout: 20_000 }

const sourceText = `${'The lamp burns oil. '.repeat(50)}The tower is 42 metres high. The pier was opened in 1811.`
const prepared = flashcards.prepare({ sourceText, input: null, options: {}, promptVersion: 'flashcards@1' })
if (!prepared.ok || !prepared.work.stream) throw new Error('flashcards have a stream')
const { work } = prepared
const { stream } = prepared.work
const request = work.request({ texts: work.texts, delimiter: 'text-0123456789ab', marks: false })

const tower = { front: 'How high is the tower?', back: '42 metres', source_quote: 'The tower is 42 metres high.' }
const pier = { front: 'When was the pier opened?', back: '1811', source_quote: 'The pier was opened in 1811.' }
const id = '7f3c1c1e-4f8e-4a53-9d0c-3f9a1f7f5a11'

/** A live run with its messages. `time` moves the clock. */
const openRun = ({ fails = false, broken = false } = {}) => {
  let time = Date.now()
  let opened = 0
  const messages: LiveMessage[] = []
  const errors: unknown[] = []
  const stop = new AbortController()
  const live = createLive({
    notify: async (payloads) => {
      if (fails) throw new Error('the database is away')
      messages.push(...payloads.map((payload) => LiveMessage.parse(JSON.parse(payload))))
    },
    now: () => time,
    onError: (error) => errors.push(error),
  })
  const counting: typeof stream = {
    ...stream,
    openGate: async (asked) => {
      opened++
      if (broken) throw new Error('a defect')
      return stream.openGate(asked)
    },
  }
  const open = (attempt = 1) =>
    live.open({
      id,
      attempt,
      stream: counting,
      request,
      restore: (value) => ({ value }),
      signal: stop.signal,
    })
  return {
    live,
    open,
    stop,
    errors,
    messages,
    opened: () => opened,
    later: (ms: number) => {
      time += ms
    },
    events: () => messages.flatMap(({ events }) => events.filter(({ type }) => type !== 'progress')),
    types: () =>
      messages.flatMap(({ events }) => events.flatMap(({ type }) => (type === 'progress' ? [] : [type]))).join(' '),
  }
}

const growing = (run: ReturnType<ReturnType<typeof openRun>['open']>) => {
  const text = { content: '' }
  const follower = run.follow()
  return {
    write: (more: string) => {
      text.content += more
      follower.grew(text)
    },
    end: follower.ended,
  }
}

const card = (value: object) => JSON.stringify(value)

describe('a run', () => {
  test('that nobody watches opens no gate and says nothing', async () => {
    const { open, opened, messages } = openRun()
    const run = open()
    const { write, end } = growing(run)
    write(`[${card(tower)},${card(pier)}]`)
    end(true)
    await run.settle(await work.gate([tower, pier], request))
    run.close()
    await new Promise(setImmediate)
    expect([opened(), messages]).toEqual([0, []])
  })

  test('that was watched before it began is followed from its first word', async () => {
    const { live, open, types } = openRun()
    live.watch(id)
    growing(open()).write(`[${card(tower)}`)
    await vi.waitFor(() => expect(types()).toBe('item'), patience)
  })

  test('is not followed any more when nobody has watched for a while, and goes on where it was', async () => {
    const { live, open, later, types, events, messages } = openRun()
    live.watch(id)
    const { write } = growing(open())
    write(`[${card(tower)}`)
    await vi.waitFor(() => expect(types()).toBe('item'), patience)
    later(WATCHED_MS + 1)
    const told = messages.length
    write(`,${card(pier)}`)
    await new Promise((passed) => setTimeout(passed, 100))
    expect(messages).toHaveLength(told)
    live.watch(id)
    await vi.waitFor(() => expect(types()).toBe('item item item'), patience)
    expect(events().slice(1)).toMatchObject([{ value: { front: tower.front } }, { value: { front: pier.front } }])
  })

  test('says the attempt in each message, also when the same generation runs here twice', async () => {
    const { live, open, messages } = openRun()
    live.watch(id)
    const first = open(1)
    const second = open(2)
    growing(second).write(`[${card(pier)}`)
    await vi.waitFor(() => expect(messages.map(({ attempt }) => attempt)).toContain(2), patience)
    first.close()
    live.watch(id)
    await vi.waitFor(() => expect(messages.filter(({ attempt }) => attempt === 2).length).toBeGreaterThan(1), patience)
    expect(messages.every(({ attempt }) => attempt === 2)).toBe(true)
  })

  test('that is stopped says nothing more, not even what is withdrawn', async () => {
    const { live, open, stop, types } = openRun()
    live.watch(id)
    const run = open()
    growing(run).write(`[${card(tower)}`)
    await vi.waitFor(() => expect(types()).toBe('item'), patience)
    stop.abort('lost')
    await run.settle(await work.gate([pier], request))
    await new Promise((passed) => setTimeout(passed, 100))
    expect(types()).toBe('item')
  })

  test('withdraws what its result has not, before it goes on', async () => {
    const { live, open, types } = openRun()
    live.watch(id)
    const run = open()
    growing(run).write(`[${card(tower)}`)
    await vi.waitFor(() => expect(types()).toBe('item'), patience)
    await run.settle(await work.gate([pier], request))
    expect(types()).toBe('item withdrawn item')
  })

  test('takes back what was shown when another request answers in one piece', async () => {
    const { live, open, types } = openRun()
    live.watch(id)
    const run = open()
    const first = growing(run)
    first.write(`[${card(tower)}`)
    await vi.waitFor(() => expect(types()).toBe('item'), patience)
    first.end(false)
    run.follow().ended(true)
    await run.settle(await work.gate([tower], request))
    await vi.waitFor(() => expect(types()).toBe('item reset item'), patience)
  })

  test.each([
    ['the database is away', { fails: true }, 0],
    ['the gate has a defect', { broken: true }, 1],
  ])('does not notice when %s', async (_, how, errors) => {
    const { live, open, errors: found, opened } = openRun(how)
    live.watch(id)
    const run = open()
    const { write } = growing(run)
    write(`[${card(tower)}`)
    await vi.waitFor(() => expect(opened()).toBe(1), patience)
    write(`,${card(pier)}`)
    await expect(run.settle(await work.gate([pier], request))).resolves.toBeUndefined()
    run.close()
    expect(found).toHaveLength(errors)
  })
})

describe('a watched run with a hostile answer', () => {
  /** Milliseconds of CPU time in one turn of the event loop. */
  const most = 20
  const marks = '\u0323\u0301'
  const long = (text: string) => ({ front: text.repeat(20_000), back: text.repeat(20_000), source_quote: text })
  const answers: [string, unknown[]][] = [
    ['2,000 elements', Array(2000).fill(tower)],
    ['a card of 200,000 characters', [long('a b')]],
    ['cards of combining marks', Array.from({ length: 40 }, () => ({ ...tower, front: marks.repeat(500) }))],
    [
      'cards of links and escapes',
      Array.from({ length: 40 }, (_, n) => ({ ...tower, front: `${n}&lt;%3C\\u003c[`.repeat(12) })),
    ],
    [
      'quotes that nearly occur',
      Array.from({ length: 40 }, (_, n) => ({
        ...tower,
        front: `${n}`,
        source_quote: 'The lamp burns oil. '.repeat(99),
      })),
    ],
  ]
  test.each(answers)(`takes under ${most} ms in one turn, in pieces or whole: %s`, async (_, elements) => {
    const answer = JSON.stringify(elements)
    expect(parse(answer, 'stop').ok).toBe(true)
    for (const size of [400, answer.length]) {
      const time = () =>
        longestTurn(async () => {
          const { live, open } = openRun()
          live.watch(id)
          const run = open()
          const { write } = growing(run)
          for (let at = 0; at < answer.length; at += size) {
            write(answer.slice(at, at + size))
            await new Promise(setImmediate)
          }
          for (let n = 0; n < 200; n++) await new Promise(setImmediate)
          run.close()
        })
      expect(await leastOf(most, time)).toBeLessThan(most)
    }
  })
})
