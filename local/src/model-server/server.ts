import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { createCardMaker } from './card-maker.ts'
import { checkKey, errorBody, type Reply } from './error-reply.ts'
import { lookUp } from './lookup.ts'
import { type ProviderOptionsInput, parseProviderOptions } from './provider-options.ts'
import { bearerOf, readBody } from './read-request.ts'
import { createRequestLog, now, type RequestRecord, type Totals } from './request-log.ts'
import { parseScript, type Script } from './script.ts'
import { serveCompletion } from './serve-completion.ts'
import { createStepChooser } from './step-chooser.ts'

export type ModelServer = {
  /** The base URL for an OpenAI client, ending in `/v1`. */
  url: string
  port: number
  /** All requests since the start or the last clearRequests(), oldest first, open ones included. */
  readonly requests: readonly RequestRecord[]
  /**
   * Replaces the script and resets its counts.
   * @throws z.ZodError when it is not a script
   */
  setScript(script: Script): void
  totals(): Totals
  clearRequests(): void
  /** Closes all connections and the port. */
  stop(): Promise<void>
}

const sendJson = (response: ServerResponse, status: number, body: string) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

/**
 * Starts a server for OpenAI's chat completions, with OpenRouter's lookup of charges at `/generation?id=`. Tests
 * control it at `/__script`, `/__requests` and `/__totals`. Without a script it makes cloze cards of each text.
 * @param options.port 0 for a free port; the options not listed here are those of `ProviderOptionsInput`
 * @throws z.ZodError when the script or an option is invalid; the listen error when the port is taken
 */
export const startModelServer = async ({
  port = 0,
  host = '127.0.0.1',
  script = [],
  ...options
}: {
  port?: number
  host?: string
  script?: Script
} & ProviderOptionsInput = {}): Promise<ModelServer> => {
  const provider = parseProviderOptions(options)
  const log = createRequestLog(provider.name)
  let chooseStep = createStepChooser(parseScript(script))
  const setScript = (next: unknown) => {
    chooseStep = createStepChooser(parseScript(next))
  }
  const complete = serveCompletion({
    provider,
    log,
    stepFor: (request, key) => chooseStep(request, key),
    makeCards: createCardMaker(),
  })
  const answerLookup = (request: IncomingMessage): Reply => {
    const badKey = checkKey(provider, bearerOf(request))
    if (badKey) return badKey
    const id = new URL(request.url ?? '/', 'http://localhost').searchParams.get('id') ?? ''
    return lookUp(log.find(id), id, provider, now())
  }

  const control: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void> | void> = {
    'PUT /__script': async (request, response) => {
      try {
        setScript(JSON.parse((await readBody(request)) ?? ''))
        response.writeHead(204).end()
      } catch (error) {
        sendJson(response, 400, errorBody(400, error instanceof z.ZodError ? z.prettifyError(error) : 'Not JSON.'))
      }
    },
    'GET /__requests': (_, response) =>
      sendJson(response, 200, JSON.stringify({ data: log.records().map(({ key: _, ...record }) => record) })),
    'GET /__totals': (_, response) => sendJson(response, 200, JSON.stringify(log.totals())),
    'DELETE /__requests': (_, response) => {
      log.clear()
      response.writeHead(204).end()
    },
  }

  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, async (request, response) => {
    // The 'close' event of the response records a client that disconnects, so the error needs no handling here.
    response.on('error', () => {})
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    if (request.method === 'POST' && path.endsWith('/chat/completions')) return complete(request, response)
    if (provider.report_cost && request.method === 'GET' && path.endsWith('/generation')) {
      const { status, body } = answerLookup(request)
      return sendJson(response, status, body)
    }
    const answer = control[`${request.method} ${path}`]
    if (answer) return answer(request, response)
    sendJson(response, 404, errorBody(404, 'No such endpoint.'))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, backlog: 4096 }, resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/v1`,
    port: bound,
    get requests() {
      return log.records()
    },
    setScript,
    totals: log.totals,
    clearRequests: log.clear,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
