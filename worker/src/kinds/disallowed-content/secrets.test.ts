import { describe, expect, test } from 'vitest'
import { createSecretCheck } from './secrets.ts'

const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b'
const hasSecretMissingFromSource = createSecretCheck(
  `The commit ${hash} lit the lamp of AbC1dEf2GhI3jKl4MnO5p in 1847.`,
)

// The keys are assembled from parts, so that secret scanners do not report this file.
const keys = [
  `sk-or-${'v1'}-${'4be7d0a1c9f2'.repeat(4)}`,
  `Bearer ${'sk'}-proj-${'aB3dE6gH9jK2'.repeat(3)}`,
  `ghp_${'a1B2c3D4e5F6'.repeat(3)}`,
  `eyJhbGciOiJFUzI1NiJ9.${'eyJzdWIiOiI5ZjA4NmQ4In0'}.x`,
  `AKIA${'4Q7X2M9P5T8B3K6W'}Z1`,
  '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c',
  'c0ffee11-4d2a-4b7c-9a3e-8f1d2e3c4b5a',
  Buffer.from('The keeper’s code is 1847, said the other person.').toString('base64'),
  'ｓｋ-４be7d0a1c9f24be7d0a1c9f2',
]

describe('secret check', () => {
  test.each(keys)('rejects an opaque string unless the source contains it: %j', (text) => {
    expect(hasSecretMissingFromSource(text)).toBe(true)
    expect(createSecretCheck(`It is ${text}.`)(text)).toBe(false)
  })

  test.each([
    hash.toUpperCase(),
    'AbC1dEf2GhI3jKl4MnO5p',
    '3.14159265358979323846264338327950288',
    'Donaudampfschifffahrtsgesellschaftskapitän',
    'XMLHttpRequestEventTarget and getElementsByTagNameNS',
    '2,4-dichlorophenoxyacetic-acid, 1,3,7-trimethylxanthine',
    'SARS-CoV-2-B.1.1.529 and COVID-19',
    'C6H12O6 + 6 O2 -> 6 CO2 + 6 H2O; CH3-CH2-CH2-OH',
    'ISO-8859-1, ISO/IEC27001:2013, RFC9457, 2026-11-21T10:20:30Z',
    'PL61109010140000071219812874',
    'DE89 3704 0044 0532 0130 00',
    '灯台は1847年に建てられ42メートルの高さがある',
  ])('accepts a text without an opaque string that the source lacks: %j', (text) => {
    expect(hasSecretMissingFromSource(text)).toBe(false)
  })
})
