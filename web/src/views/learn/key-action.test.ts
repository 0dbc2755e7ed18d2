import { expect, test } from 'vitest'
import { keyAction } from './key-action.ts'

const key = (key: string, more = {}) => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  isComposing: false,
  ...more,
})

test.each([
  [key(' '), 'elsewhere', false, 'open'],
  [key('Enter'), 'elsewhere', false, 'open'],
  [key('Enter'), 'control', false, null],
  [key(' '), 'field', false, null],
  [key('1'), 'elsewhere', false, null],
  [key('1'), 'elsewhere', true, 'again'],
  [key('2'), 'control', true, 'hard'],
  [key('"', { code: 'Digit3' }), 'elsewhere', true, 'good'],
  [key('4', { code: 'Numpad4' }), 'elsewhere', true, 'easy'],
  [key('5', { code: 'Digit5' }), 'elsewhere', true, null],
  [key('3'), 'field', true, null],
  [key('3', { repeat: true }), 'elsewhere', true, null],
  [key('3', { ctrlKey: true }), 'elsewhere', true, null],
  [key(' '), 'elsewhere', true, null],
] as const)('the key %j with the focus in: %s, answer shown: %s asks for %s', (pressed, focus, isOpen, action) => {
  expect(keyAction(pressed, focus, isOpen)).toBe(action)
})
