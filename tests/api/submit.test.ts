import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newText } from '../support/text.ts'
import { type ApiPerson, type ApiSystem, generationsPath, idOf, startApiSystem } from './api-system.ts'
import { outcomeOf } from './client.ts'

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

const post = (body: string | Uint8Array | object, headers: Record<string, string> = {}) =>
  ana.call('POST', generationsPath, { body, headers })
const withText = (source_text: unknown) => ({ source_text })

describe('POST /api/ai/generations', () => {
  it('stores the text unchanged with its job and answers where to follow it', async () => {
    const source_text = `\ufeff\r\n“A\u0301” ﬁ 𝒳 \u202e ${newText()}\r\n\t `
    const body = {
      source_text,
      model: 'fast',
      prompt_version: 'flashcards@1',
      options: { max_cards: 3, language: 'pl' },
      data_residency: 'eu',
      optimize: 'quality',
      max_total_tokens: 50_000,
    }
    const answer = await ana.submit(body, { 'x-request-id': 'trace:42' })
    const id = idOf(answer)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      location: `/api/ai/generations/${id}`,
      'retry-after': '1',
      'x-request-id': 'trace:42',
      'cache-control': 'private, no-cache',
    })
    const { rows } = await apiSystem.system.admin.query(
      `select g.*, j.name as queue, j.state, j.data from public.ai_generations g join pgboss.job j on j.id = g.id where g.id = $1`,
      [id],
    )
    expect(rows).toEqual([
      expect.objectContaining({
        user_id: ana.id,
        account_id: ana.id,
        ...body,
        status: 'pending',
        request_id: 'trace:42',
        idempotency_key: null,
        queue: 'generation',
        state: 'created',
        data: { generation_id: id },
      }),
    ])
  })

  it.each([
    ['1,000 letters', 'a'.repeat(1000)],
    ['10,000 letters', 'a'.repeat(10_000)],
    ['1,000 emoji', '😀'.repeat(1000)],
    ['10,000 emoji, 40,000 bytes', '😀'.repeat(10_000)],
    ['1,000 code points of letters and marks', 'e\u0301'.repeat(500)],
    ['right to left', `\u202b${'שלום '.repeat(300)}`],
  ])('accepts a text with %s', async (_name, text) => {
    const id = idOf(await post(withText(text)))
    const { rows } = await apiSystem.system.admin.query('select source_text from public.ai_generations where id = $1', [
      id,
    ])
    expect(rows).toEqual([{ source_text: text }])
  })

  it('accepts 10,000 escaped emoji, a charset and a byte order mark', async () => {
    const escaped = `{"source_text":"${'\\ud83d\\ude00'.repeat(10_000)}"}`
    expect(outcomeOf(await post(escaped, { 'content-type': 'Application/JSON; charset="UTF-8"' }))).toBe('202')
    expect(outcomeOf(await post(`\ufeff${JSON.stringify(withText(newText()))}`))).toBe('202')
  })
})

describe('an invalid submission', () => {
  const text = newText()
  it.each<[name: string, body: unknown, outcome: string, path?: string]>([
    ['999 letters', withText('a'.repeat(999)), '400 invalid_text', 'source_text'],
    ['10,001 letters', withText('a'.repeat(10_001)), '400 invalid_text', 'source_text'],
    ['999 emoji', withText('😀'.repeat(999)), '400 invalid_text', 'source_text'],
    ['10,001 emoji', withText('😀'.repeat(10_001)), '400 invalid_text', 'source_text'],
    ['white space', withText(' \n\u00a0\u3000'.repeat(400)), '400 invalid_text', 'source_text'],
    ['next lines (U+0085)', withText('\u0085'.repeat(1200)), '400 invalid_text', 'source_text'],
    ['byte order marks', withText('\ufeff'.repeat(1200)), '400 invalid_text', 'source_text'],
    ['U+0000', withText(`${text}\u0000`), '400 invalid_text', 'source_text'],
    ['a lone high surrogate', withText(`${text}\ud800`), '400 invalid_text', 'source_text'],
    ['a lone low surrogate', withText(`\udc00${text}`), '400 invalid_text', 'source_text'],
    ['no text', {}, '400 invalid_request', 'source_text'],
    ['text null', withText(null), '400 invalid_request', 'source_text'],
    ['text as a list', withText([text]), '400 invalid_request', 'source_text'],
    ['an unknown key', { source_text: text, temperature: 2 }, '400 invalid_request', 'temperature'],
    ['a forged status', { source_text: text, status: 'succeeded' }, '400 invalid_request', 'status'],
    ['a user id', { source_text: text, user_id: 'x' }, '400 invalid_request', 'user_id'],
    [
      'a key of the prototype',
      `{"source_text":${JSON.stringify(text)},"__proto__":{}}`,
      '400 invalid_request',
      '__proto__',
    ],
    ['an unknown model', { source_text: text, model: 'gpt-17' }, '400 unknown_model'],
    ['a model named like a property', { source_text: text, model: 'constructor' }, '400 unknown_model'],
    ['a model without a name', { source_text: text, model: '' }, '400 invalid_request', 'model'],
    ['an unknown prompt version', { source_text: text, prompt_version: 'flashcards@99' }, '400 unknown_prompt_version'],
    [
      'a model that is not to be had in the EU',
      { source_text: text, model: 'openai/gpt-oss-20b', data_residency: 'eu' },
      '400 residency_unavailable',
    ],
    ['an unknown residency', { source_text: text, data_residency: 'us' }, '400 invalid_request', 'data_residency'],
    ['an unknown order', { source_text: text, optimize: 'speed' }, '400 invalid_request', 'optimize'],
    ['no tokens', { source_text: text, max_total_tokens: 0 }, '400 invalid_request', 'max_total_tokens'],
    ['half a token', { source_text: text, max_total_tokens: 1.5 }, '400 invalid_request', 'max_total_tokens'],
    ['order null', { source_text: text, optimize: null }, '400 invalid_request', 'optimize'],
    ['residency null', { source_text: text, data_residency: null }, '400 invalid_request', 'data_residency'],
    ['options null', { source_text: text, options: null }, '400 invalid_request', 'options'],
    ['no cards', { source_text: text, options: { max_cards: 0 } }, '400 invalid_request', 'options.max_cards'],
    ['31 cards', { source_text: text, options: { max_cards: 31 } }, '400 invalid_request', 'options.max_cards'],
    ['1.5 cards', { source_text: text, options: { max_cards: 1.5 } }, '400 invalid_request', 'options.max_cards'],
    ['cards as text', { source_text: text, options: { max_cards: '3' } }, '400 invalid_request', 'options.max_cards'],
    [
      'a language that is none',
      { source_text: text, options: { language: 'any; x' } },
      '400 invalid_request',
      'options.language',
    ],
    ['an unknown option', { source_text: text, options: { deck: 1 } }, '400 invalid_request', 'options.deck'],
    ['a list', [], '400 invalid_request', ''],
    ['a number', '42', '400 invalid_request', ''],
    ['null', 'null', '400 invalid_request', ''],
    ['an empty body', '', '400 invalid_json'],
    ['half a body', '{"source_text": "a', '400 invalid_json'],
    ['two bodies', '{}{}', '400 invalid_json'],
    ['no JSON', 'source_text=a', '400 invalid_json'],
    ['brackets without end', '['.repeat(200_000), '400 invalid_json'],
  ])('answers 400 with the code and the field of the error: %s', async (_name, body, outcome, path) => {
    const answer = await post(typeof body === 'string' ? body : JSON.stringify(body))
    expect(outcomeOf(answer)).toBe(outcome)
    const errors =
      path === undefined ? {} : { errors: [expect.objectContaining({ path, message: expect.any(String) })] }
    expect(answer.json).toMatchObject(errors)
  })

  it('answers 400 for bytes that are not UTF-8', async () => {
    const bytes = Buffer.from(JSON.stringify(withText(text)))
    for (const bad of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf5, 0x80, 0x80, 0x80]]) {
      const broken = Buffer.concat([bytes.subarray(0, 40), Buffer.from(bad), bytes.subarray(40)])
      expect(outcomeOf(await post(broken))).toBe('400 invalid_json')
    }
    expect(outcomeOf(await post(Buffer.from(`\ufeff${JSON.stringify(withText(text))}`, 'utf16le')))).toBe(
      '400 invalid_json',
    )
  })

  it.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['multipart/form-data; boundary=x', {}],
    ['application/jsonp', {}],
    ['application/json; charset=iso-8859-1', {}],
    ['', {}],
  ])('answers 415 for the content type %j', async (type) => {
    expect(outcomeOf(await post(JSON.stringify(withText(text)), { 'content-type': type }))).toBe(
      '415 unsupported_media_type',
    )
  })

  it('answers 415 for a compressed body', async () => {
    const packed = gzipSync(JSON.stringify(withText(text)))
    expect(outcomeOf(await post(packed, { 'content-encoding': 'gzip' }))).toBe('415 unsupported_media_type')
  })

  it('answers 413 for a body that is too large, with and without Content-Length', async () => {
    const large = JSON.stringify({ source_text: text, pad: 'x'.repeat(1_100_000) })
    expect(outcomeOf(await post(large))).toBe('413 payload_too_large')
    const pieces = (count: number) =>
      new ReadableStream({
        start: (controller) => {
          for (let n = 0; n < count; n++) controller.enqueue(Buffer.alloc(10_000, 'x'))
          controller.close()
        },
      })
    expect(outcomeOf(await ana.call('POST', generationsPath, { body: pieces(120) }))).toBe('413 payload_too_large')
    expect(outcomeOf(await ana.call('POST', generationsPath, { body: pieces(60) }))).toBe('400 invalid_json')
  })

  it('leaves no row, no job and no admission', async () => {
    const ben = await apiSystem.person()
    await ben.submit(withText('short'))
    await ben.submit({ ...withText(text), model: 'none' })
    await ben.submit({ ...withText(text), model: 'openai/gpt-oss-20b', data_residency: 'eu' })
    const { rows } = await apiSystem.system.admin.query(
      `select (select count(*)::int from public.ai_generations where user_id = $1)
            + (select count(*)::int from recto.admissions where account_id = $1) as traces`,
      [ben.id],
    )
    expect(rows).toEqual([{ traces: 0 }])
  })
})

describe('a deleted person', () => {
  it('gets 401 with a token that has not expired', async () => {
    const deleted = await apiSystem.person()
    await apiSystem.system.admin.query('delete from auth.users where id = $1', [deleted.id])
    expect(outcomeOf(await deleted.submit())).toBe('401 unauthorized')
  })
})
