import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Generation } from '../api.ts'
import type { GenerationEvent } from '../events.ts'

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

/** An event as it is sent. */
export const sent = ({ type, data }: GenerationEvent | { type: 'expired'; data: object }, eventId?: string): string =>
  `event: ${type}\n${eventId === undefined ? '' : `id: ${eventId}\n`}data: ${JSON.stringify(data)}\n\n`

/** Answers with these events, and goes on. */
export const streaming =
  (...parts: string[]): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    for (const part of parts) response.write(part)
  }

/** Answers with these events, and ends the stream. */
export const stream =
  (...parts: string[]): Reply =>
  (response) => {
    streaming(...parts)(response)
    response.end()
  }

/**
 * A server that answers each request with the next reply. The last one is repeated. Requests for events have replies of
 * their own; without any, this is an API that has no streams.
 */
export const serve = async (replies: Reply[], streams: Reply[] = [problem(404, 'not_found')]) => {
  const requests: Seen[] = []
  const opened: Seen[] = []
  const server = createServer(async (request, response) => {
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    request.socket.once('close', () => resolve())
    const { method = '', url = '', headers } = request
    const [list, seen] = url.endsWith('/events') ? [streams, opened] : [replies, requests]
    const reply = list[Math.min(seen.length, list.length - 1)]
    const entry = { method, path: url, headers, body: '', closed }
    seen.push(entry)
    entry.body = await text(request).catch(() => '')
    reply?.(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    /** The requests for events. */
    opened,
    stop: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
