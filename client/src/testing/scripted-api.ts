import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Generation } from '../api.ts'

/** A request as it arrived. `closed` resolves when its connection ends. */
type Seen = {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
  closed: Promise<void>
}

export type Reply = (response: ServerResponse) => void

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

export const problem = (status: number, code: string, headers: Record<string, string> = {}): Reply =>
  json({ title: 'No', status, code, request_id: 'r' }, status, {
    ...headers,
    'content-type': 'application/problem+json',
  })

/** Breaks the connection without an answer. */
export const lost: Reply = (response) => response.destroy()

/** Never answers. */
export const silent: Reply = () => undefined

export const id = '79a2fa68-5443-4d73-b950-a5568b352286'
export const accepted = json({ generation_id: id, status: 'pending' }, 202)

export const generation = (more: Partial<Generation> = {}): Reply =>
  json({ id, status: 'succeeded', finished_at: '2026-11-28T05:18:37Z', error: null, ...more })

/** A server that answers each request with the next reply. The last one is repeated. */
export const serve = async (...replies: Reply[]) => {
  const requests: Seen[] = []
  const server = createServer(async (request, response) => {
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    request.socket.once('close', () => resolve())
    const { method = '', url = '', headers } = request
    const reply = replies[Math.min(requests.length, replies.length - 1)]
    const seen = { method, path: url, headers, body: '', closed }
    requests.push(seen)
    seen.body = await text(request).catch(() => '')
    reply?.(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
