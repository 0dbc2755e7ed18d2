import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redactKey } from './redact-key.ts'

test.each([
  ['a quoted key', 'no key "sk-abcdefgh" here', 'sk-abcdefgh', 'no key "[…]" here'],
  ['each of several quoted keys', 'sk-abcdefgh,sk-abcdefgh', 'sk-abcdefgh', '[…],[…]'],
  ['the start of a key at the end of a text that was cut', 'bad key sk-abcde', 'sk-abcdefgh', 'bad key […]'],
  ['the end of a key', '…abcdefgh is over', 'sk-abcdefgh', '…[…] is over'],
  ['a key of six characters', 'id-sk-own', 'sk-own', 'id-[…]'],
  ['nothing of a shorter part', 'sk-abcd is a prefix', 'sk-abcdefgh', 'sk-abcd is a prefix'],
  ['nothing for a placeholder', 'a local model', 'local', 'a local model'],
])('redactKey replaces %s', (_, text, key, expected) => {
  expect(redactKey(text, key)).toBe(expected)
})

test('redactKey leaves no eight characters of a key in any text', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab-1'), maxLength: 60 })
  const key = fc.string({ unit: fc.constantFrom(...'ab-1'), minLength: 8, maxLength: 20 })
  fc.assert(
    fc.property(text, key, fc.nat(60), (around, secret, at) => {
      const redacted = redactKey(around.slice(0, at) + secret + around.slice(at), secret)
      for (let start = 0; start + 8 <= secret.length; start++)
        expect(redacted).not.toContain(secret.slice(start, start + 8))
    }),
  )
})
