import { expect, test } from 'vitest'
import { excerptOf } from './excerpt.ts'

const prompt = 'Once upon a time there was a text that nobody but its owner should ever read.\nIts second line.'

test('excerptOf keeps only the named fields', () => {
  const body = {
    error: {
      message: 'flagged',
      code: 403,
      metadata: { reasons: ['x'], flagged_input: prompt, provider_name: 'Acme', raw: prompt },
    },
    user_id: 'user_secret12345',
  }
  expect(excerptOf(body, 'something else')).toBe('{"code":403,"message":"flagged","provider_name":"Acme"}')
})

test('excerptOf removes a quotation of the prompt from a message', () => {
  const body = { error: { message: `bad input_value='${prompt.slice(0, 59)}' at 0` } }
  const excerpt = excerptOf(body, prompt)
  expect(excerpt).toBe(`{"message":"bad input_value='[…]' at 0"}`)
})

test.each([
  ['that is escaped as JSON', JSON.stringify(prompt).slice(1, -1)],
  ['with other spaces', prompt.replaceAll(/\s/g, '\n   ')],
  ['in capitals', prompt.toUpperCase()],
  ['with its middle left out', `${prompt.slice(0, 30)}...${prompt.slice(-30)}`],
  ['without its spaces', prompt.replaceAll(' ', '')],
])('excerptOf removes a quotation %s', (_, quoted) => {
  const excerpt = excerptOf({ error: { message: `input: ${quoted}` } }, prompt)
  expect(excerpt).toMatch(/^\{"message":"input: (\[…\]\W*)+"\}$/)
})

test.each([
  ['with Python escapes', '\\u0142\\xf3d\\u017a p\\u0142ynie w ciemno\\u015bci'],
  ['without escapes', 'łódź płynie w ciemności'],
])('excerptOf removes a quotation of letters beyond ASCII %s', (_, quoted) => {
  expect(excerptOf({ error: { message: `input: ${quoted}!` } }, 'Nocą łódź płynie w ciemności.')).toBe(
    '{"message":"input: […]!"}',
  )
})

test('excerptOf removes a quotation of six characters in a script without spaces', () => {
  expect(excerptOf({ error: { message: 'bad: 昔々あるところに' } }, '昔々あるところに、お爺さんがいた。')).toBe(
    '{"message":"bad: […]"}',
  )
})

test('excerptOf keeps words that the message and the prompt share by chance', () => {
  const message = 'once upon a retry, nobody should time out'
  expect(excerptOf({ error: { message } }, prompt)).toBe(JSON.stringify({ message }))
})

test('excerptOf removes a quotation of the prompt from the message of an upstream', () => {
  const raw = JSON.stringify({ error: { message: `too long: ${prompt.slice(0, 51)}` } })
  expect(excerptOf({ error: { message: 'x', metadata: { raw } } }, prompt)).toBe(
    '{"message":"x","upstream_message":"too long: […]"}',
  )
})

test('excerptOf removes keys, tokens and account ids', () => {
  const message =
    'Incorrect key sk-or-v1-abcdef123*** of user_2abcdefghij, sent Bearer abc.def, 01234567-89ab-4def-8123-456789abcdef'
  const excerpt = excerptOf({ error: { message } }, '')
  expect(excerpt).toBe('{"message":"Incorrect key […] of […], sent […] […]"}')
})

test('excerptOf keeps the names of models, limits and fields', () => {
  const message =
    "Rate limit exceeded: limit_rpd/acme/m-3.2-24b-instruct-2506 for 'max_completion_tokens' (context_length_exceeded), see https://acme.test/docs/limits"
  expect(excerptOf({ error: { message, type: 'too_many_requests', code: 429 } }, prompt)).toBe(
    JSON.stringify({ code: 429, type: 'too_many_requests', message }),
  )
})

test('excerptOf leaves no part of a key where it cuts a message', () => {
  const key = '01234567-89ab-4def-8123-456789abcdef'
  for (let before = 440; before < 500; before++)
    expect(excerptOf({ error: { message: `${'x '.repeat(before / 2)}${key}` } }, '')).not.toContain('01234567')
})

test('excerptOf returns at most 500 characters, and null for an HTML page or an empty error', () => {
  expect(excerptOf({ error: { message: 'x'.repeat(5000) } }, '')?.length).toBe(500)
  expect(excerptOf('<!doctype html><p>Bad gateway', '')).toBeNull()
  expect(excerptOf(null, '')).toBeNull()
  expect(excerptOf({}, '')).toBeNull()
})
