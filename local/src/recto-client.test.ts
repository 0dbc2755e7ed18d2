import { expect, test } from 'vitest'
import { ApiError, createRectoClient } from './recto-client.ts'

test("a refusal is told in the API's own words, place by place", () => {
  const errors = [{ path: 'source_text', message: 'must have 1000 to 10000 characters' }]
  const { message, status } = new ApiError(400, { title: 'The text cannot be used', code: 'invalid_text', errors })
  expect([status, message]).toEqual([400, 'The text cannot be used\n  source_text: must have 1000 to 10000 characters'])
})

test('a hint when to try again is kept, and an answer that is no problem document has its status', () => {
  expect(new ApiError(503, { title: 'The database cannot be reached', retry_after: 2 }).message).toContain('in 2 s')
  expect(new ApiError(502, undefined).message).toBe('HTTP 502')
})

test('an API that is away is named by its URL', async () => {
  await expect(createRectoClient('http://127.0.0.1:9', 'token').submit('text')).rejects.toThrow(
    'the API at http://127.0.0.1:9 cannot be reached',
  )
})
