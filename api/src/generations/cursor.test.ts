import type { AppError } from '@recto/shared/errors'
import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor } from './cursor.ts'

const position = { created_at: '2026-11-21T03:05:23.123456Z', id: '5f0f7b5e-8a4c-4a53-9f5e-0d8f6f1c2b3a' }

describe('a cursor', () => {
  it('decodes to its position, to the microsecond', () => {
    expect(decodeCursor(encodeCursor(position))).toEqual(position)
  })

  it.each(['2026-11-21T03:05:23Z', '2026-11-21T03:05:23.12Z'])(
    'decodes to the time %s, which Postgres wrote without trailing zeros',
    (time) => {
      expect(decodeCursor(encodeCursor({ ...position, created_at: time })).created_at).toBe(time)
    },
  )

  it('has only characters that need no escaping in a URL', () => expect(encodeCursor(position)).toMatch(/^[\w-]+$/))

  const made = (text: string) => Buffer.from(text).toString('base64url')
  it.each([
    ['empty', ''],
    ['no base64', '%%%'],
    ['without an id', made(position.created_at)],
    ['with a bad time', made(`yesterday ${position.id}`)],
    ['of year 0, which Postgres does not know', made(`0000-01-01T00:00:00.000000Z ${position.id}`)],
    ['with a bad id', made(`${position.created_at} 1`)],
    ['with SQL', made(`${position.created_at} ${position.id}'; select 1`)],
    ['with a third part', made(`${position.created_at} ${position.id} x`)],
  ])('that is %s throws invalid_request', (_, cursor) => {
    expect(() => decodeCursor(cursor)).toThrow(
      expect.objectContaining({ code: 'invalid_request' } satisfies Partial<AppError>),
    )
  })
})
