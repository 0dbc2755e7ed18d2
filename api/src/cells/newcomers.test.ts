import { AppError } from '@recto/shared/errors'
import { expect, test, vi } from 'vitest'
import type { Place } from './directory.ts'
import { createNewcomers } from './newcomers.ts'
import type { FoundPlace } from './places.ts'

const place = (cell: string, more: Partial<FoundPlace> = {}): FoundPlace => ({
  cell,
  moving: false,
  introduced: true,
  is_anonymous: false,
  changed_at: null,
  ...more,
})
const inB = place('b', { introduced: false, changed_at: '2026-11-30T01:00:00.000000Z' })

/** `away`: the cells that do not answer. The bearer of `bad` has no valid token; of `unknown` nobody can say. */
const world = (
  found: FoundPlace | undefined | Promise<never>,
  chosen: FoundPlace | undefined,
  away: string[] = [],
  known?: Place,
) => {
  const done: string[] = []
  const answer = async (cell: string) => {
    if (away.includes(cell)) throw new Error('down')
    return true
  }
  const receivingCell = (cell: string) => ({
    isReachable: () => answer(cell),
    introduce: async (person: string) => {
      await answer(cell)
      done.push(`introduce ${person} in ${cell}`)
    },
  })
  const note = vi.fn()
  const placeOf = createNewcomers({
    verify: async (token) => {
      if (token === 'bad') throw new AppError('unauthorized')
      if (token === 'unknown') throw new AppError('auth_unavailable')
      return { userId: token, claims: '{}', expiresAt: 1 }
    },
    places: {
      find: async () => found,
      choose: async (person, cells) => {
        done.push(`choose for ${person} among ${cells}`)
        return chosen
      },
      setIntroduced: async (person) => void done.push(`note of ${person}`),
    },
    cells: new Map(['home', 'b'].map((cell) => [cell, receivingCell(cell)])),
    directory: { placeOf: () => known, note },
  })
  return { done, note, ask: (token: string) => placeOf({ headers: new Headers({ authorization: `Bearer ${token}` }) }) }
}

test('a new person gets a cell, is made known there, and only then is noted to be', async () => {
  const { done, note, ask } = world(undefined, inB)
  expect(await ask('ann')).toMatchObject({ cell: 'b', moving: false })
  expect(done).toEqual(['choose for ann among home,b', 'introduce ann in b', 'note of ann'])
  expect(note).toHaveBeenCalledWith('ann', { cell: 'b', moving: false, introduced: true })
})

test('what was interrupted behind the choice goes on with it', async () => {
  const { done, ask } = world(inB, undefined)
  await ask('ann')
  expect(done).toEqual(['introduce ann in b', 'note of ann'])
})

test('who has been at home all the time stays', async () => {
  const { done, ask } = world(place('home'), undefined)
  expect([await ask('ann'), done]).toEqual([expect.objectContaining({ cell: 'home' }), []])
})

test('a cell that is away is not chosen, and without another one the person is to come again', async () => {
  const { done, ask, note } = world(undefined, undefined, ['b'])
  await expect(ask('ann')).rejects.toMatchObject({ code: 'database_unavailable', retryAfter: 2 })
  expect([done, note.mock.calls]).toEqual([['choose for ann among home'], []])
})

test('a person whose cell goes away before it knows them is not noted as known', async () => {
  const { done, note, ask } = world(inB, undefined, ['b'])
  await expect(ask('ann')).rejects.toThrow('down')
  expect([done, note.mock.calls]).toEqual([[], []])
})

test('a person who is moving is introduced nowhere, and not noted as known anywhere', async () => {
  const { done, note, ask } = world({ ...inB, moving: true }, undefined)
  expect([await ask('ann'), done, note.mock.calls]).toEqual([expect.objectContaining({ moving: true }), [], []])
})

const isAway = () => Promise.reject(new Error('down'))
const settled: Place = { cell: 'b', moving: false, introduced: true }

test('while the home cell is away, people of whom it has said where they live are served there', async () => {
  expect(await world(isAway(), undefined, [], settled).ask('ann')).toMatchObject({ cell: 'b', moving: false })
  await expect(world(isAway(), undefined).ask('ann')).rejects.toThrow('down')
  await expect(world(isAway(), undefined, [], { ...settled, introduced: false }).ask('ann')).rejects.toThrow('down')
})

test('a home cell that does not answer is waited for a second when it has said where the person lives', async () => {
  vi.useFakeTimers()
  const { ask } = world(new Promise(() => undefined), undefined, [], settled)
  const asked = ask('ann')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await asked).toMatchObject({ cell: 'b' })
  vi.useRealTimers()
})

test('what the home cell says now holds, and not what it said before', async () => {
  const { ask } = world(place('home', { moving: true }), undefined, [], settled)
  expect(await ask('ann')).toMatchObject({ cell: 'home', moving: true })
})

test('no cell is chosen for the bearer of a bad token, whom the home cell refuses', async () => {
  const { done, ask, note } = world(undefined, inB)
  expect([await ask('bad'), done, note.mock.calls]).toEqual([{ cell: 'home', moving: false }, [], []])
})

test('while nobody can say whether a token is valid, its bearer is served by no cell, not by the home cell either', async () => {
  const { done, ask, note } = world(undefined, inB)
  await expect(ask('unknown')).rejects.toMatchObject({ code: 'auth_unavailable' })
  expect([done, note.mock.calls]).toEqual([[], []])
})
