import { describe, expect, test } from 'vitest'
import type { Generation } from './api.ts'
import { createFollower } from './follower.ts'

/** Takes messages one after another, and answers the events in short. */
const follow = () => {
  const follower = createFollower()
  const take = (event: string, data: unknown, id = ''): string[] =>
    follower.take({ event, id, data: JSON.stringify(data) }).map(({ type, data: taken }) => {
      const about = 'key' in taken ? ` ${taken.key}` : 'attempt' in taken ? ` ${taken.attempt}` : ` ${taken.status}`
      const reason = 'reason' in taken ? ` ${taken.reason}` : ''
      return `${type}${about}${reason}${'provisional' in taken && taken.provisional ? ' provisional' : ''}`
    })
  return {
    lastId: follower.lastId,
    status: (status: Generation['status'], attempts: number) =>
      take('status', { status, attempts, finished_at: status === 'succeeded' ? 'now' : null }, `${attempts}.0`),
    shown: (key: string, attempt = 1) => take('suggestion', { provisional: true, key, attempt }),
    stored: (key: string, id: string) => take('suggestion', { provisional: false, key }, id),
    done: (status = 'succeeded', attempts = 1) =>
      take('done', { status, attempts, finished_at: 'now' }, `${attempts}.9`),
    take,
  }
}

describe('a follower over several connections', () => {
  test('takes a status once, and each change of status or attempt', () => {
    const { status } = follow()
    expect(status('pending', 0)).toEqual(['status pending'])
    expect(status('pending', 0)).toEqual([])
    expect(status('running', 1)).toEqual(['status running'])
    expect(status('running', 1)).toEqual([])
    expect(status('pending', 1)).toEqual(['status pending'])
    expect(status('running', 2)).toEqual(['status running'])
  })

  test('takes a status again when it waits for something else or at another place, and not for another estimate', () => {
    const { take } = follow()
    const waits = (waiting?: object) =>
      take('status', { status: 'pending', attempts: 0, finished_at: null, ai_metadata: { waiting } }, '0.0')
    const since = '2026-11-21T03:05:23Z'
    expect(waits({ reason: 'concurrency', since, until: 'soon', place: 2 })).toEqual(['status pending'])
    expect(waits({ reason: 'concurrency', since, until: 'later', place: 2 })).toEqual([])
    expect(waits({ reason: 'concurrency', since, until: 'later', place: 1 })).toEqual(['status pending'])
    expect(waits()).toEqual(['status pending'])
    expect(waits()).toEqual([])
    expect(waits({ reason: 'budget', since })).toEqual(['status pending'])
  })

  test('takes each stored card once, also when a connection begins from the start', () => {
    const { stored, status, lastId } = follow()
    expect(stored('a', '1.1')).toEqual(['suggestion a'])
    expect(stored('b', '1.2')).toEqual(['suggestion b'])
    status('succeeded', 1)
    expect(lastId()).toBe('1.2')
    expect(stored('a', '1.1')).toEqual([])
    expect(stored('b', '1.2')).toEqual([])
    expect(stored('j', '1.10')).toEqual(['suggestion j'])
    expect(stored('i', '1.9')).toEqual([])
    expect(stored('a', '2.1')).toEqual(['suggestion a'])
    expect(lastId()).toBe('2.1')
  })

  test('takes a provisional card once in each attempt', () => {
    const { shown, take } = follow()
    expect(shown('a')).toEqual(['suggestion a provisional'])
    expect(shown('a')).toEqual([])
    expect(take('reset', { attempt: 1 })).toEqual(['reset 1'])
    expect(shown('a')).toEqual(['suggestion a provisional'])
  })

  test('voids what an attempt has shown when the next one begins, whatever tells of it', () => {
    const { shown, status, take } = follow()
    status('running', 1)
    shown('a')
    expect(status('running', 2)).toEqual(['reset 2', 'status running'])
    expect(take('progress', { attempt: 2 })).toEqual(['progress 2'])
    expect(shown('a', 3)).toEqual(['reset 3', 'suggestion a provisional'])
    expect(take('reset', { attempt: 4 })).toEqual(['reset 4'])
    expect(take('reset', { attempt: 4 })).toEqual([])
  })

  test('leaves out what comes late from an attempt before, or after the end', () => {
    const { shown, status, take } = follow()
    status('running', 2)
    expect(shown('a', 1)).toEqual([])
    expect(take('progress', { attempt: 1 })).toEqual([])
    shown('b', 2)
    expect(take('reset', { attempt: 1 })).toEqual([])
    status('succeeded', 2)
    expect(shown('c', 2)).toEqual([])
    expect(take('reset', { attempt: 2 })).toEqual([])
  })

  test('withdraws at the end each provisional card that was neither stored nor withdrawn', () => {
    const { shown, stored, done, take } = follow()
    for (const key of ['a', 'b', 'c']) shown(key)
    expect(take('withdrawn', { key: 'b', reason: 'duplicate' })).toEqual(['withdrawn b duplicate'])
    expect(take('withdrawn', { key: 'b', reason: 'not_kept' })).toEqual([])
    stored('a', '1.1')
    expect(done()).toEqual(['withdrawn c not_kept', 'done succeeded'])
  })

  test('does not withdraw a card whose stored form came in an earlier connection', () => {
    const { shown, stored, done } = follow()
    shown('a')
    stored('a', '1.1')
    stored('a', '1.1')
    expect(done()).toEqual(['done succeeded'])
  })

  test('withdraws everything when the generation ends without cards', () => {
    const { shown, done } = follow()
    shown('a')
    expect(done('cancelled')).toEqual(['withdrawn a not_kept', 'done cancelled'])
  })
})

describe('a follower of a text', () => {
  const delta = (offset: number, text: string, attempt = 1) => ({ provisional: true, attempt, offset, text })
  const stored = { ...delta(0, 'One two'), provisional: false }

  test('passes on what is written, all again after a lost connection, and the stored text once', () => {
    const { take } = follow()
    expect(take('delta', delta(0, 'One'))).toHaveLength(1)
    expect(take('delta', delta(3, ' tw'))).toHaveLength(1)
    expect(take('delta', delta(0, 'One two'))).toHaveLength(1)
    expect(take('delta', stored, '1.1')).toHaveLength(1)
    expect(take('delta', stored, '1.1')).toEqual([])
  })

  test('voids what an earlier attempt has written, and leaves out what comes late from it', () => {
    const { take } = follow()
    take('delta', delta(0, 'One'))
    expect(take('delta', delta(0, 'Two', 2))).toEqual([expect.stringContaining('reset'), expect.anything()])
    expect(take('delta', delta(3, ' late'))).toEqual([])
  })
})

test('a follower leaves out events that it does not know', () => {
  const { take } = follow()
  expect(take('weather', { sunny: true })).toEqual([])
  expect(take('', {})).toEqual([])
})
