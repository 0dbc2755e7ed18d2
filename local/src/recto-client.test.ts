import { expect, test } from 'vitest'
import { ApiError, createRectoClient } from './recto-client.ts'

test("ApiError shows the problem document's title and a line per invalid field", () => {
  const errors = [{ path: 'source_text', message: 'must have 1000 to 10000 characters' }]
  const { message, status } = new ApiError(400, { title: 'The text cannot be used', code: 'invalid_text', errors })
  expect([status, message]).toEqual([400, 'The text cannot be used\n  source_text: must have 1000 to 10000 characters'])
})

test('ApiError shows when to try again, and the status when the body is not a problem document', () => {
  expect(new ApiError(503, { title: 'The database cannot be reached', retry_after: 2 }).message).toContain('in 2 s')
  expect(new ApiError(502, undefined).message).toBe('HTTP 502')
})

test('a request names the URL of an API that cannot be reached', async () => {
  await expect(createRectoClient('http://127.0.0.1:9', 'token').submit('text')).rejects.toThrow(
    'the API at http://127.0.0.1:9 cannot be reached',
  )
})
