import fc from 'fast-check'
import { expect, test } from 'vitest'
import { excerptOf } from './excerpt.ts'

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
const letters = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'),
    minLength: length,
    maxLength: length,
  })

const uuid = fc.tuple(hex(8), hex(4), hex(4), hex(4), hex(12)).map((parts) => parts.join('-'))

/** A secret as an error writes it, and `core`, the part that must not appear in an excerpt. */
const secret = fc.oneof(
  hex(64).map((key) => ({ written: `sk-or-v1-${key}`, core: key })),
  letters(40).map((key) => ({ written: `sk-proj-${key}`, core: key })),
  letters(35).map((key) => ({ written: `AIza${key}`, core: key })),
  letters(20).map((key) => ({ written: `Bearer ${key}`, core: key })),
  letters(16).map((key) => ({ written: `api_key=${key}`, core: key })),
  letters(24).map((id) => ({ written: `user_2${id}`, core: id })),
  letters(24).map((id) => ({ written: `org-${id}`, core: id })),
  uuid.map((key) => ({ written: key, core: key })),
)

const word = letters(7)
const prompt = fc.array(word, { minLength: 60, maxLength: 120 }).map((words) => words.join(' '))

/** A prompt and a quotation of six to forty of its words. */
const quoted = fc.tuple(prompt, fc.nat(19), fc.integer({ min: 6, max: 40 })).map(([text, from, count]) => {
  const words = text.split(' ').slice(from, from + count)
  return { text, words, quotation: words.join(' ') }
})

const anyFrame = fc.constantFrom(
  "bad value '@'",
  '@',
  'x "@" y',
  'input=@, was refused',
  '(@)',
  'key: @',
  'before @ after',
)

/** Puts a text into an error body. */
type Place = (text: string) => unknown
const places: Place[] = [
  (text) => text,
  (text) => ({ error: text }),
  (text) => ({ error: text, message: text, status: 400 }),
  (text) => ({ object: 'error', message: text, type: text, param: text, code: text }),
  (text) => ({ detail: text }),
  (text) => ({ detail: [{ msg: text, loc: [text], input: text }] }),
  (text) => [{ error: { message: text, status: text, details: [{ reason: text, metadata: { service: text } }] } }],
  (text) => ({ error: { message: text, type: text, code: text, param: text, reason: text }, user_id: text }),
  (text) => ({
    error: {
      message: text,
      metadata: {
        raw: text,
        error_type: text,
        limit_source: text,
        provider_name: text,
        provider_error_code: text,
        reason: text,
        reasons: [text],
        flagged_input: text,
        remedy_hint: text,
        headers: { 'Retry-After': text, [text]: text },
      },
      availability: { code: text },
    },
  }),
  (text) => ({ error: { metadata: { raw: JSON.stringify({ error: { message: text, type: text, code: text } }) } } }),
  (text) => ({ error: { metadata: { raw: { message: text, type: text, code: text } } } }),
]
const anyPlace = fc.constantFrom(...places)

test('excerptOf returns no key, token or account id, wherever the error contains it', () => {
  fc.assert(
    fc.property(anyPlace, anyFrame, secret, (put, frame, { written, core }) => {
      expect(excerptOf(put(frame.replace('@', () => written)), '') ?? '').not.toContain(core)
    }),
    { numRuns: 500 },
  )
})

test('excerptOf returns no words of the prompt, wherever the error quotes them', () => {
  fc.assert(
    fc.property(anyPlace, anyFrame, quoted, (put, frame, { text, words, quotation }) => {
      const excerpt = excerptOf(put(frame.replace('@', () => quotation)), text) ?? ''
      for (const quotedWord of words) expect(excerpt).not.toContain(quotedWord)
    }),
    { numRuns: 500 },
  )
})
