import { expect, test } from 'vitest'
import { excerptOf } from './excerpt.ts'

const prompt = 'Once upon a time there was a text that nobody but its owner should ever read.\nIts second line.'

test('named fields alone are kept', () => {
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

test('a message that quotes the prompt is told without the quote', () => {
  const body = { error: { message: `bad input_value='${prompt.slice(0, 60)}' at 0` } }
  const excerpt = excerptOf(body, prompt)
  expect(excerpt).toBe(`{"message":"bad input_value='[…]' at 0"}`)
})

test('so is one of the upstream', () => {
  const raw = JSON.stringify({ error: { message: `too long: ${prompt.slice(0, 50)}` } })
  expect(excerptOf({ error: { message: 'x', metadata: { raw } } }, prompt)).toBe(
    '{"message":"x","upstream_message":"too long: […]"}',
  )
})

test('keys, tokens and account ids are taken out', () => {
  const message =
    'Incorrect key sk-or-v1-abcdef123*** of user_2abcdefghij, sent Bearer abc.def, 01234567-89ab-4def-8123-456789abcdef'
  const excerpt = excerptOf({ error: { message } }, '')
  expect(excerpt).toBe('{"message":"Incorrect key […] of […], sent […] […]"}')
})

test('at most 500 characters; nothing for a page of HTML or for nothing', () => {
  expect(excerptOf({ error: { message: 'x'.repeat(5000) } }, '')?.length).toBe(500)
  expect(excerptOf('<!doctype html><p>Bad gateway', '')).toBeNull()
  expect(excerptOf(null, '')).toBeNull()
  expect(excerptOf({}, '')).toBeNull()
})
