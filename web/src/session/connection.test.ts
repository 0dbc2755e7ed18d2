import { afterEach, expect, test, vi } from 'vitest'
import { createConnection } from './connection.ts'

afterEach(() => vi.unstubAllGlobals())

test('the connection is lost from the first request without an answer until the next answer, whatever that says', async () => {
  const connection = createConnection()
  const seen: boolean[] = []
  const stop = connection.subscribe(() => seen.push(connection.isLost()))
  const ask = (answer: () => Response) => {
    vi.stubGlobal('fetch', async () => answer())
    return connection.fetch('/').catch(() => undefined)
  }
  const fail = (error: unknown) => () => {
    throw error
  }
  await ask(fail(new DOMException('stopped', 'AbortError')))
  await ask(fail(new TypeError('Failed to fetch')))
  await ask(fail(new TypeError('Failed to fetch')))
  await ask(() => new Response('no', { status: 503 }))
  expect(seen).toEqual([true, false])
  stop()
  await ask(fail(new TypeError('Failed to fetch')))
  expect(seen).toHaveLength(2)
})
