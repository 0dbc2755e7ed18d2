import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

/** A request: its messages by role, its headers as one text, and its whole body. */
export type Received = { system: string; user: string; headers: string; body: string }

const messagesIn = (body: string): Pick<Received, 'system' | 'user'> => {
  const { messages }: { messages: { role: string; content: string }[] } = JSON.parse(body)
  const said = (role: string) =>
    messages.flatMap((message) => (message.role === role ? message.content : [])).join('\n')
  return { system: said('system'), user: said('user') }
}

const frame = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`

/** Starts a provider whose model answers by the function `answer`. It records the requests. */
export const startObedientModel = async (answer: (received: Received) => string) => {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const got = { ...messagesIn(body), headers: request.rawHeaders.join(' '), body }
    received.push(got)
    const base = { id: `gen-${received.length}`, object: 'chat.completion.chunk', created: 1, model: 'obedient' }
    const delta = { role: 'assistant', content: answer(got) }
    const usage = { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20, cost: 0.0001 }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(frame({ ...base, choices: [{ index: 0, delta, finish_reason: null }] }))
    response.write(frame({ ...base, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage }))
    response.end('data: [DONE]\n\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the model has no port')
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    received,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
