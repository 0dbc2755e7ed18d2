import type { Generation, Status } from '@recto/shared/generation'
import type { LiveEvent } from '@recto/shared/live'
import { describe, expect, it } from 'vitest'
import { exampleGeneration } from '../testing/example-generation.ts'
import { exampleSuggestion } from '../testing/example-suggestion.ts'
import type { Frame } from './frame.ts'
import { readLive } from './live.ts'
import { createReaderState } from './reader-state.ts'

const generation = (status: Status, attempts: number, count = 0): Generation => ({
  ...exampleGeneration,
  status,
  attempts,
  suggestions_count: count,
})
const rows = (...keys: string[]) => keys.map((key, n) => ({ ...exampleSuggestion, key, position: n + 1 }))

const live = (attempt: number, ...events: LiveEvent[]) => {
  const read = readLive(JSON.stringify({ generation_id: exampleGeneration.id, attempt, events }))
  if (!read) throw new Error('not a message')
  return read
}
const item = (key: string): LiveEvent => ({ type: 'item', key, value: { front: key } })

/** Frames in short: the name and id of each, or the name and what it says. */
const short = (frames: Frame[]): string[] =>
  frames.map(({ bytes }) => {
    const [, event, id, data = ''] =
      /^event: (.*)\n(?:id: (.*)\n)?data: (.*)\n\n$/.exec(Buffer.from(bytes).toString()) ?? []
    const { key, reason, attempt } = JSON.parse(data)
    return [event, id, id === undefined ? (key ?? attempt) : undefined, reason]
      .filter((part) => part !== undefined)
      .join(' ')
  })

describe('createReaderState', () => {
  it('tells the status at first and at each change of status or attempt, and else nothing', () => {
    const state = createReaderState(undefined)
    expect(short(state.ofStatus(generation('pending', 0)))).toEqual(['status 0.0'])
    expect(short(state.ofStatus(generation('pending', 0)))).toEqual([])
    expect(short(state.ofStatus(generation('running', 1)))).toEqual(['status 1.0'])
    expect(short(state.ofStatus(generation('pending', 1)))).toEqual(['status 1.0'])
    expect(short(state.ofStatus(generation('running', 2)))).toEqual(['status 2.0', 'reset 2'])
    expect(short(state.ofStatus(generation('running', 3)))).toEqual(['status 3.0', 'reset 3'])
  })

  it('tells the status when a wait begins, ends, has another reason or another place, and not for another estimate', () => {
    const state = createReaderState(undefined)
    const waiting = (wait: object) => ({ ...generation('pending', 0), ai_metadata: { waiting: wait } })
    const since = '2026-11-21T03:05:23.123456Z'
    const line = (place: number, until = 'soon') => waiting({ reason: 'concurrency', since, until, place })
    expect(short(state.ofStatus(line(2)))).toEqual(['status 0.0'])
    expect(short(state.ofStatus(line(2, 'later')))).toEqual([])
    expect(short(state.ofStatus(line(1)))).toEqual(['status 0.0'])
    expect(short(state.ofStatus(generation('pending', 0)))).toEqual(['status 0.0'])
    expect(short(state.ofStatus(generation('pending', 0)))).toEqual([])
    expect(short(state.ofStatus(waiting({ reason: 'budget', since })))).toEqual(['status 0.0'])
    expect(short(state.ofStatus(waiting({ reason: 'retry', since, class: 'timeout' })))).toEqual(['status 0.0'])
    expect(short(state.ofStatus(waiting({ reason: 'retry', since, class: 'network' })))).toEqual(['status 0.0'])
    expect(short(state.ofStatus(waiting({ reason: 'retry', since: 'now', class: 'network' })))).toEqual(['status 0.0'])
    expect(short(state.ofStatus({ ...generation('pending', 0), ai_metadata: { waiting: 'odd' } }))).toEqual([
      'status 0.0',
    ])
  })

  it('tells each provisional suggestion once, and at the end which of them were not kept', () => {
    const state = createReaderState(undefined)
    state.ofStatus(generation('running', 1))
    expect(short(state.ofLive(live(1, item('a'), item('b'))))).toEqual(['suggestion a', 'suggestion b'])
    const progress = { type: 'progress', items: 3, characters: 90 } as const
    expect(short(state.ofLive(live(1, item('a'), item('b'), item('c'), item('d'), progress)))).toEqual([
      'suggestion c',
      'suggestion d',
      'progress 1',
    ])
    expect(state.ofLive(live(1, { type: 'withdrawn', key: 'b', reason: 'duplicate' }))).toEqual([])
    expect(short(state.ofStatus(generation('succeeded', 1, 2)))).toEqual(['status 1.0'])
    expect(short(state.ofEnd(generation('succeeded', 1, 2), rows('a', 'e')))).toEqual([
      'suggestion 1.1',
      'suggestion 1.2',
      'withdrawn b duplicate',
      'withdrawn c not_kept',
      'withdrawn d not_kept',
      'done 1.3',
    ])
  })

  it.each(['failed', 'cancelled'] as const)('withdraws every provisional suggestion of a %s generation', (status) => {
    const state = createReaderState(undefined)
    state.ofStatus(generation('running', 1))
    state.ofLive(live(1, item('a')))
    state.ofStatus(generation(status, 1))
    expect(short(state.ofEnd(generation(status, 1), []))).toEqual(['withdrawn a not_kept', 'done 1.1'])
  })

  it('tells a reset of the same attempt, and forgets what came before it', () => {
    const state = createReaderState(undefined)
    state.ofStatus(generation('running', 1))
    state.ofLive(live(1, item('a'), item('b')))
    expect(short(state.ofLive(live(1, { type: 'reset' }, item('a'))))).toEqual(['reset 1', 'suggestion a'])
    expect(short(state.ofEnd(generation('succeeded', 1, 0), []))).toEqual(['withdrawn a not_kept', 'done 1.1'])
  })

  it('tells one reset when a worker is the first to tell about a new attempt, and ignores an earlier attempt then', () => {
    const state = createReaderState(undefined)
    state.ofStatus(generation('running', 1))
    state.ofLive(live(1, item('a')))
    expect(short(state.ofLive(live(2, item('b'))))).toEqual(['reset 2', 'suggestion b'])
    expect(state.ofLive(live(1, item('late'), { type: 'reset' }))).toEqual([])
    // A read that began before the second attempt.
    expect(state.ofStatus(generation('running', 1))).toEqual([])
    expect(short(state.ofStatus(generation('running', 2)))).toEqual(['status 2.0'])
    expect(short(state.ofEnd(generation('succeeded', 2, 1), rows('b')))).toEqual(['suggestion 2.1', 'done 2.2'])
  })

  it('tells no reset at the first attempt of a generation that waited', () => {
    const state = createReaderState(undefined)
    state.ofStatus(generation('pending', 0))
    expect(short(state.ofLive(live(1, item('a'))))).toEqual(['suggestion a'])
    expect(short(state.ofStatus(generation('running', 1)))).toEqual(['status 1.0'])
  })

  it('owes a reset to a reader who was too slow for it, and tells it before anything else', () => {
    const state = createReaderState(undefined)
    state.ofStatus(generation('running', 1))
    state.ofLive(live(1, item('a')))
    state.missLive(live(1, item('b'), { type: 'reset' }, { type: 'withdrawn', key: 'x', reason: 'duplicate' }))
    expect(short(state.ofLive(live(1, item('c'))))).toEqual(['reset 1', 'suggestion c'])
    state.missLive(live(2, item('d')))
    expect(short(state.ofEnd(generation('succeeded', 2, 1), rows('c')))).toEqual([
      'reset 2',
      'suggestion 2.1',
      'done 2.2',
    ])
  })

  const end = (after: { attempt: number; place: number } | undefined) => {
    const state = createReaderState(after)
    return [
      ...short(state.ofStatus(generation('succeeded', 2, 3))),
      ...short(state.ofEnd(generation('succeeded', 2, 3), rows('a', 'b', 'c'))),
    ]
  }
  const whole = ['status 2.0', 'suggestion 2.1', 'suggestion 2.2', 'suggestion 2.3', 'done 2.4']

  it.each([
    ['the status', 0, whole],
    ['the first suggestion', 1, ['suggestion 2.2', 'suggestion 2.3', 'done 2.4']],
    ['the second suggestion', 2, ['suggestion 2.3', 'done 2.4']],
    ['the last suggestion', 3, ['done 2.4']],
    ['the end', 4, ['done 2.4']],
  ])('resumes behind %s', (_, place, expected) => {
    const [first, ...others] = end({ attempt: 2, place })
    // A status without an id does not set the reader back.
    expect(place === 0 ? [first, ...others] : others).toEqual(expected)
    if (place > 0) expect(first).toBe('status')
  })

  it.each([
    ['of a place that is not there', { attempt: 2, place: 5 }],
    ['of an attempt that is not there', { attempt: 3, place: 1 }],
  ])('begins anew behind an id %s', (_, after) => {
    expect(end(after)).toEqual(whole)
  })

  it('begins anew behind an id of a place when the generation is not over', () => {
    const state = createReaderState({ attempt: 1, place: 1 })
    expect(short(state.ofStatus(generation('running', 1)))).toEqual(['status 1.0'])
    state.ofStatus(generation('succeeded', 1, 1))
    expect(short(state.ofEnd(generation('succeeded', 1, 1), rows('a')))).toEqual(['suggestion 1.1', 'done 1.2'])
  })

  it('begins anew behind an id of an earlier attempt, and voids what was provisional in it', () => {
    expect(end({ attempt: 1, place: 2 })).toEqual(['status 2.0', 'reset 2', ...whole.slice(1)])
  })

  it('lets no value of a worker claim to be stored', () => {
    const value = { provisional: false, key: 'z', attempt: 9, front: 'a\nb' }
    const [frame] = createReaderState(undefined).ofLive(live(1, { type: 'item', key: 'a', value }))
    expect(Buffer.from(frame?.bytes ?? []).toString()).toBe(
      'event: suggestion\ndata: {"provisional":true,"attempt":1,"key":"a","front":"a\\nb"}\n\n',
    )
  })
})
