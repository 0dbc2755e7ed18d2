import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** An answer of a provider that a test writes itself, frame by frame. */
export type WrittenAnswer = {
  /** Writes one frame. Resolves with the time at which the operating system has it, in milliseconds since 1970. */
  write(content: string): Promise<number>
  /** Ends the answer as complete. */
  end(): void
  /** Breaks the connection. */
  cut(): void
  /** Resolves when the client has closed the connection before the end. */
  hungUp: Promise<void>
}

const frame = (choice: object) =>
  `data: ${JSON.stringify({ id: 'gen-written', model: 'written', choices: [{ index: 0, ...choice }] })}\n\n`

const answerTo = (response: ServerResponse): WrittenAnswer => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  const hungUp = once(response, 'close').then(() => undefined)
  return {
    write: (content) =>
      new Promise((written) => {
        response.write(frame({ delta: { content }, finish_reason: null }), () =>
          written(performance.timeOrigin + performance.now()),
        )
      }),
    end: () => {
      const usage = { prompt_tokens: 100, completion_tokens: 100, cost: 0.0001 }
      response.end(
        `${frame({ delta: {}, finish_reason: 'stop' })}data: ${JSON.stringify({ usage })}\n\ndata: [DONE]\n\n`,
      )
    },
    cut: () => response.destroy(),
    hungUp,
  }
}

/** A provider whose answers a test writes. It tells the requests apart by the word after `generation-marker:`. */
export const startWrittenModel = async () => {
  const waiting = new Map<string, WrittenAnswer[]>()
  const wanted = new Map<string, ((answer: WrittenAnswer) => void)[]>()
  const server = createServer(async (request, response) => {
    const marker = /generation-marker:\s*([\w-]{1,80})/.exec(await text(request))?.[1] ?? ''
    const answer = answerTo(response)
    const next = wanted.get(marker)?.shift()
    if (next) next(answer)
    else waiting.set(marker, [...(waiting.get(marker) ?? []), answer])
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    /** The answer to the next request about a text. */
    next: (marker: string): Promise<WrittenAnswer> => {
      const answer = waiting.get(marker)?.shift()
      if (answer) return Promise.resolve(answer)
      return new Promise((found) => wanted.set(marker, [...(wanted.get(marker) ?? []), found]))
    },
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

export type WrittenModel = Awaited<ReturnType<typeof startWrittenModel>>
