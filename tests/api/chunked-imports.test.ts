import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiPerson, type ApiSystem, startApiSystem } from './api-system.ts'

const path = '/api/cards/import?format=csv'

let apiSystem: ApiSystem
let ana: ApiPerson
beforeAll(async () => {
  apiSystem = await startApiSystem()
  ana = await apiSystem.person()
})
afterAll(() => apiSystem?.stop())

/** A file of so many parts, whose size nobody tells before. */
const inChunks = (parts: number, part: string) => {
  let left = parts
  const bytes = new TextEncoder().encode(part)
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('front,back\n')),
    pull: (controller) => (left-- > 0 ? controller.enqueue(bytes) : controller.close()),
  })
}

describe('a file of cards in chunks', () => {
  it('is imported', async () => {
    const answer = await ana.call('POST', path, { body: inChunks(3, 'a,b\n') })
    expect(answer.json).toMatchObject({ created: 1 })
  })

  it('is refused without a token before it is sent, so that nobody fills the memory', async () => {
    const { hostname, port } = new URL(apiSystem.api.url)
    const socket = connect(Number(port), hostname)
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfront\r\n`)
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 401 /)
    socket.destroy()
  })
})
