import { once } from 'node:events'
import { connect } from 'node:net'
import { readEndpoint } from '@recto/shared/webhooks/endpoint-url'
import { expect, test } from 'vitest'
import { mute } from '../testing/post-to.ts'
import { sendRequest } from './send-request.ts'

test('a request fails at once over a connection that is closed already', async () => {
  await using server = await mute()
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
  await once(socket, 'close')
  const { endpoint } = readEndpoint('https://hooks.example.com/', [])
  if (!endpoint) throw new Error('no endpoint')
  await expect(sendRequest(socket, endpoint, { headers: {}, body: '' })).rejects.toMatchObject({ reason: 'connection' })
})
