import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request to a webhook, by the path of its URL. `at`: epoch milliseconds. */
export type Received = { path: string; headers: IncomingHttpHeaders; body: string; at: number }

/** How a path answers: a status with headers, or nothing for so many milliseconds and then 204. */
export type Answer = { status: number; headers?: Record<string, string>; body?: string } | { silentMs: number }

/** What a worker and an API have to allow for webhooks of this machine. */
export const allowReceivers = { RECTO_WEBHOOK_ALLOW: 'http://127.0.0.1:*' }

/**
 * Receives webhooks in this process. A path answers what stands first in its list of `answers`, the last one for ever, and
 * 204 without a list.
 */
export const startReceiver = async () => {
  const received: Received[] = []
  const answers = new Map<string, Answer[]>()
  const reply = (path: string, response: ServerResponse) => {
    const list = answers.get(path) ?? []
    const next = list.length > 1 ? list.shift() : list[0]
    if (next && 'silentMs' in next) return void setTimeout(() => response.writeHead(204).end(), next.silentMs)
    response.writeHead(next?.status ?? 204, next?.headers).end(next?.body)
  }
  const server = createServer(async (request, response) => {
    const path = request.url ?? ''
    let body = ''
    for await (const piece of request) body += piece
    received.push({ path, headers: request.headers, body, at: Date.now() })
    reply(path, response)
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    at: (path: string): Received[] => received.filter((one) => one.path === path),
    answer: (path: string, ...list: Answer[]): void => void answers.set(path, list),
    stop: (): void => {
      server.close()
      server.closeAllConnections()
    },
  }
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>
