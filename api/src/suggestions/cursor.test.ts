import type { AppError } from '@recto/shared/errors'
import { describe, expect, it } from 'vitest'
import { decodePlace, encodePlace } from './cursor.ts'

const place = {
  created_at: '2026-11-21T03:05:23.123456Z',
  generation_id: '5f0f7b5e-8a4c-4a53-9f5e-0d8f6f1c2b3a',
  position: 7,
}

describe('a cursor of suggestions', () => {
  it('decodes to its place, to the microsecond, and needs no escaping in a URL', () => {
    expect(decodePlace(encodePlace(place))).toEqual(place)
    expect(encodePlace(place)).toMatch(/^[\w-]+$/)
  })

  const made = (text: string) => Buffer.from(text).toString('base64url')
  it.each([
    ['empty', ''],
    ['a cursor of another list', made(`${place.created_at} ${place.generation_id}`)],
    ['with a position that is no number', made(`${place.created_at} ${place.generation_id} x`)],
    ['with a position that Postgres cannot hold', made(`${place.created_at} ${place.generation_id} 3000000000`)],
    ['with a bad time', made(`yesterday ${place.generation_id} 1`)],
    ['with SQL', made(`${place.created_at} ${place.generation_id}';-- 1`)],
  ])('that is %s throws invalid_request', (_, cursor) => {
    expect(() => decodePlace(cursor)).toThrow(
      expect.objectContaining({ code: 'invalid_request' } satisfies Partial<AppError>),
    )
  })
})
