import { describe, expect, it } from 'vitest'
import { allowsOrigin, originList } from './origins.ts'

describe('originList', () => {
  it('reads origins that are separated by commas, and none from an empty text', () => {
    expect(originList.parse('https://app.example, http://localhost:3000,')).toEqual([
      'https://app.example',
      'http://localhost:3000',
    ])
    expect(originList.parse(undefined)).toEqual([])
  })

  it('reads * as the port of an http or https origin', () => {
    expect(originList.parse('http://localhost:*,https://[::1]:*')).toEqual(['http://localhost:*', 'https://[::1]:*'])
  })

  it.each([
    '*',
    'http://*:80',
    'https://*.example',
    'http://localhost:*/',
    'http://a:*:*',
    'localhost:*',
    '//a:*',
    'app:*',
    'http://u@a:*',
    'http://A:*',
  ])('refuses what is no origin: %s', (text) => {
    expect(originList.safeParse(text).success).toBe(false)
  })
})

describe('allowsOrigin', () => {
  const origins = ['https://app.example', 'http://localhost:*']

  it.each(['https://app.example', 'http://localhost', 'http://localhost:3000', 'http://localhost:65535'])(
    'allows %s',
    (origin) => {
      expect(allowsOrigin(origins, origin)).toBe(true)
    },
  )

  it.each([
    'https://app.example:8443',
    'https://localhost:3000',
    'http://localhost.evil.example',
    'http://localhost:3000.evil.example',
    'http://localhost:3000@evil.example',
    'http://localhost:',
    'http://127.0.0.1:3000',
    'null',
    '',
  ])('refuses %j', (origin) => {
    expect(allowsOrigin(origins, origin)).toBe(false)
  })
})
