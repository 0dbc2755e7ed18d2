import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Endpoint } from '@recto/shared/webhooks/endpoint-url'
import { codeOf, NotDelivered } from './posted.ts'

const maxHeaderBytes = 8_192

/**
 * Sends a POST over an open connection and resolves when the headers of its answer have come. No agent keeps the
 * connection, no proxy is used, and no redirect is followed.
 * @throws NotDelivered when no answer comes, or one with a status that HTTP does not have
 */
export const sendRequest = (
  socket: Socket,
  { authority, path }: Endpoint,
  { headers, body }: { headers: Record<string, string>; body: string },
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      reject(new NotDelivered('connection', `no answer of HTTP (${reason})`))
      socket.destroy()
    }
    // A request over a closed connection has no event at all.
    if (socket.destroyed) return fail('closed')
    const request = httpRequest({
      method: 'POST',
      path,
      headers: {
        'user-agent': 'Recto',
        ...headers,
        host: authority,
        connection: 'close',
        'accept-encoding': 'identity',
        'content-length': Buffer.byteLength(body),
      },
      createConnection: () => socket,
      maxHeaderSize: maxHeaderBytes,
    })
    request.on('error', (error) => fail(codeOf(error)))
    request.once('response', (message) => {
      const { statusCode: status = 0 } = message
      if (status < 200 || status > 599) fail(`status ${status}`)
      else resolve(message)
    })
    // A server that turns the connection to another protocol (101) closes it without an error.
    request.once('close', () => fail('closed'))
    request.end(body)
  })
