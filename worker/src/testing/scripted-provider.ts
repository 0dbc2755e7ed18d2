import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Price } from '@recto/shared/price'

/** Answers one HTTP request of a scripted provider. */
export type Reply = (response: ServerResponse) => void

export type ReceivedRequest = {
  method: string | undefined
  url: string | undefined
  headers: IncomingHttpHeaders
  body: string
}

export type ScriptedProvider = {
  baseURL: string
  received: ReceivedRequest[]
  /** Resolves when the client closes a connection before its answer has ended. */
  hungUp: Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A real HTTP server on a free port of 127.0.0.1. The first request is answered by the first function of the script,
 * and so on; the last function answers all further requests.
 */
export const scriptedProvider = async (...script: Reply[]): Promise<ScriptedProvider> => {
  const received: ReceivedRequest[] = []
  const { promise: hungUp, resolve } = Promise.withResolvers<void>()
  const server = createServer(async (request, response) => {
    response.on('close', () => response.writableFinished || resolve())
    const body = await text(request)
    received.push({ method: request.method, url: request.url, headers: request.headers, body })
    script[Math.min(received.length, script.length) - 1]?.(response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    baseURL: `http://127.0.0.1:${address.port}/v1`,
    received,
    hungUp,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** A reply with one body: a string as it is, anything else as JSON. */
export const replyWith =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

/** A reply with an event stream of raw text. `end` ends it, `hang` leaves it open, `cut` destroys the connection. */
export const replyStream =
  (pieces: string[], then: 'end' | 'hang' | 'cut' = 'end', headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', ...headers })
    for (const piece of pieces) response.write(piece)
    if (then === 'end') response.end()
    // The connection is destroyed only after the pieces were sent, so that the client receives them.
    if (then === 'cut') response.write(': last\n\n', () => setImmediate(() => response.destroy()))
  }

/** One frame of an event stream with a JSON value. */
export const frame = (json: unknown): string => `data: ${JSON.stringify(json)}\n\n`

/** One frame of a chat-completions stream that adds `content`. */
export const delta = (content: string, finish: string | null = null, more: Record<string, unknown> = {}): string =>
  frame({
    id: 'gen-test-1',
    model: 'acme/served-1',
    choices: [{ index: 0, delta: { content }, finish_reason: finish }],
    ...more,
  })

export const done = 'data: [DONE]\n\n'

export const price: Price = { input_per_million: '3', output_per_million: '6' }
