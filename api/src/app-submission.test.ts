import { describe, expect, it } from 'vitest'
import { startApp } from './testing/start-app.ts'

const generations = '/api/ai/generations'

const signedIn = { Authorization: 'Bearer good' }
const text = 'A fact about lighthouses. '.repeat(50)

describe('the body of a submission', () => {
  const post = (body: string, headers: Record<string, string> = {}) => {
    const sending = startApp()
      .agent.post(generations)
      .set({ ...signedIn, 'Content-Type': 'application/json', ...headers })
    return sending.send(body)
  }

  it.each([
    ['another type', 415, 'unsupported_media_type', '{}', { 'Content-Type': 'text/plain' }],
    ['another charset', 415, 'unsupported_media_type', '{}', { 'Content-Type': 'application/json; charset=latin1' }],
    ['compression', 415, 'unsupported_media_type', '{}', { 'Content-Encoding': 'gzip' }],
    ['unfinished JSON', 400, 'invalid_json', '{', {}],
    ['no content', 400, 'invalid_json', '', {}],
    ['a lone surrogate', 400, 'invalid_json', '{"source_text": "\\ud8"}', {}],
    ['null', 400, 'invalid_request', 'null', {}],
    ['an array', 400, 'invalid_request', '[]', {}],
    ['no text', 400, 'invalid_request', '{}', {}],
    ['an unknown key', 400, 'invalid_request', JSON.stringify({ source_text: text, extra: 1 }), {}],
    ['a __proto__', 400, 'invalid_request', `{"__proto__": {}, "source_text": ${JSON.stringify(text)}}`, {}],
    ['a bad option', 400, 'invalid_request', JSON.stringify({ source_text: text, options: { max_cards: '3' } }), {}],
    ['a short text', 400, 'invalid_text', JSON.stringify({ source_text: 'too short' }), {}],
    ['a blank text', 400, 'invalid_text', JSON.stringify({ source_text: ' '.repeat(2000) }), {}],
    ['an unknown model', 400, 'unknown_model', JSON.stringify({ source_text: text, model: 'none' }), {}],
    ['too many bytes', 413, 'payload_too_large', `"${'x'.repeat(1024 * 1024)}"`, {}],
  ])('with %s is answered %i %s', async (_, status, code, body, headers) => {
    const answer = await post(body, headers)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.headers.ratelimit).toBe('"generations";r=3;t=60')
  })

  it.each([
    ['too many bytes and no token', 413, { Authorization: '' }, 'x'.repeat(1024 * 1024)],
    ['too many bytes and a bad token', 413, { Authorization: 'Bearer bad' }, 'x'.repeat(1024 * 1024)],
    ['no token', 401, { Authorization: '' }, ''],
    ['a bad token', 401, { Authorization: 'Bearer bad' }, ''],
  ])('with %s is answered %i with the limits, and not with what is left', async (_, status, headers, body) => {
    const answer = await post(JSON.stringify(body), headers)
    expect([answer.status, answer.headers['ratelimit-policy']]).toEqual([status, '"generations";q=5;w=300'])
    expect(answer.headers['x-ratelimit-limit']).toBe('5')
    expect([answer.headers['x-ratelimit-remaining'], answer.headers.ratelimit]).toEqual([undefined, undefined])
  })

  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json; charset=utf8',
    'application/json;charset=UTF8;',
    'application/json;',
    'application/json ; ',
    'application/json; profile="https://app.example/a;b"',
    'application/json; charset=utf-8; version=2',
    'application/json; version=2; charset=utf-8',
  ])('is read with the content type %s', async (type) => {
    const body = JSON.stringify({ source_text: text, model: 'none' })
    const answer = await post(body, { 'Content-Type': type })
    expect([answer.status, answer.body.code]).toEqual([400, 'unknown_model'])
  })

  it.each([
    'application/json; charset=utf-16',
    'application/json; version=2; charset=iso-8859-1',
    'application/json; charset=nonsense',
    'application/jsonx',
    'application/json-patch+json',
    'application/problem+json',
    'text/json',
    'json',
    'application/x-www-form-urlencoded',
    'text/plain; a=application/json',
    'application/json, text/plain',
  ])('is answered 415 with the content type %s', async (type) => {
    const answer = await post(JSON.stringify({ source_text: text, model: 'none' }), { 'Content-Type': type })
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type'])
  })

  it('with 500 unknown keys is answered with at most twenty issues', async () => {
    const keys = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`key${n}`, n]))
    expect((await post(JSON.stringify(keys))).body.errors).toHaveLength(20)
  })
})
