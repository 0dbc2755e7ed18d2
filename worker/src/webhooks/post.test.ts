import { createServer } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { allowListVariable } from '@recto/shared/webhooks/allow-list'
import { describe, expect, test } from 'vitest'
import { listening } from '../testing/post-to.ts'
import { createPost } from './post.ts'

const request = () => ({
  headers: { 'webhook-id': 'msg_1' },
  body: '{"a":1}',
  signal: new AbortController().signal,
})

describe('createPost', () => {
  test('delivers to a host of the allow list', async () => {
    await using server = await listening(createServer((_, response) => response.writeHead(204).end()))
    const allow = allowListVariable.parse(`http://localhost:${server.port}`)
    const post = createPost({ allow })
    expect(await post(`http://localhost:${server.port}/hook`, request())).toMatchObject({ ok: true, status: 204 })
  })

  test('dials nothing when a name leads to a loopback address', async () => {
    const dialled: string[] = []
    const post = createPost({
      allow: [],
      lookup: async () => ['127.0.0.1'],
      connect: (address, port) => {
        dialled.push(address)
        return connectTcp({ host: address, port })
      },
    })
    expect(await post('https://hooks.example.com/', request())).toMatchObject({ ok: false, class: 'blocked_address' })
    expect(dialled).toEqual([])
  })
})
