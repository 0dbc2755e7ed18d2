import { describe, expect, test } from 'vitest'
import { cardReasons, commandOf } from './keys.ts'

const press = (key: string, more: Partial<KeyboardEvent> = {}) => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...more,
})

describe('a key', () => {
  test.each([
    ['a', {}, { do: 'accept' }],
    ['A', {}, { do: 'accept' }],
    ['e', {}, { do: 'edit' }],
    ['?', {}, { do: 'help' }],
    ['j', {}, { do: 'move', by: 1 }],
    ['ArrowUp', {}, { do: 'move', by: -1 }],
    // A Cyrillic keyboard.
    ['ф', { code: 'KeyA' }, { do: 'accept' }],
    // A French keyboard has the letter elsewhere.
    ['a', { code: 'KeyQ' }, { do: 'accept' }],
    ['q', { code: 'KeyA' }, null],
    ['Enter', {}, null],
    ['1', {}, null],
    ['constructor', {}, null],
  ])('%s (%j) asks for %j', (key, more, command) => {
    expect(commandOf(press(key, more), null)).toEqual(command)
  })

  test.each([{ ctrlKey: true }, { metaKey: true }, { altKey: true }])('is none of the review with %j', (held) => {
    expect(commandOf(press('a', held), null)).toBeNull()
    expect(commandOf(press('1', held), cardReasons)).toBeNull()
  })

  test('that is held down moves, and decides nothing', () => {
    expect(commandOf(press('a', { repeat: true }), null)).toBeNull()
    expect(commandOf(press('1', { repeat: true }), cardReasons)).toBeNull()
    expect(commandOf(press('j', { repeat: true }), null)).toEqual({ do: 'move', by: 1 })
  })

  test.each([
    ['1', {}, 'wrong'],
    ['6', {}, 'other'],
    ['Enter', {}, 'other'],
    ['&', { code: 'Digit1' }, 'wrong'],
  ])('%s (%j) chooses the reason %s', (key, more, reason) => {
    expect(commandOf(press(key, more), cardReasons)).toEqual({ do: 'reason', reason })
  })

  test('that is no reason chooses none, and Escape goes back', () => {
    expect(['7', '0', 'a', ' '].map((key) => commandOf(press(key), cardReasons))).toEqual([null, null, null, null])
    expect(commandOf(press('Escape'), cardReasons)).toEqual({ do: 'back' })
  })
})
