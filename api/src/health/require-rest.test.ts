import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requireRest } from './require-rest.ts'

// Answers each path with the status that it ends with.
const server = createServer((request, response) => {
  const [, status = '404'] = /^\/(\d+)\/rest\/v1\/$/.exec(request.url ?? '') ?? []
  response.writeHead(Number(status), { location: '/elsewhere' }).end()
})
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'))
afterAll(() => server.close())

const check = (status: number) => {
  const { port } = server.address() as AddressInfo
  return requireRest({ supabaseUrl: `http://127.0.0.1:${port}/${status}`, publishableKey: 'key' })()
}

test.each([200, 204, 401, 403])('PostgREST works when it answers %i', async (status) => {
  await check(status)
})

test.each([302, 404, 500, 503])(
  'it does not when %i is the answer, by whatever stands at its address',
  async (status) => {
    await expect(check(status)).rejects.toThrow(`PostgREST answered ${status}`)
  },
)
