// Answers POST /<frames>/<ms>/chat/completions after so many milliseconds with a stream of so many pieces of text, as
// prepared bytes in one write.
import { createServer } from 'node:net'
import { answer } from './backlog.ts'

const frame = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`

/** An answer as OpenRouter streams it: a frame for each piece of text, the end, the usage. */
const streamOf = (frames: number): string => {
  const head = { id: 'gen-bench', provider: 'Bench', model: 'bench', object: 'chat.completion.chunk', created: 1 }
  const choice = (delta: object, finish: string | null) => [
    { index: 0, delta: { role: 'assistant', ...delta }, finish_reason: finish, native_finish_reason: finish },
  ]
  const pieces = Array.from({ length: frames }, (_, n) =>
    answer.slice(Math.floor((n * answer.length) / frames), Math.floor(((n + 1) * answer.length) / frames)),
  )
  const usage = { prompt_tokens: 1_400, completion_tokens: 300, total_tokens: 1_700, cost: 0.0001 }
  return [
    ...pieces.map((content) => frame({ ...head, choices: choice({ content }, null) })),
    frame({ ...head, choices: choice({ content: '' }, 'stop') }),
    frame({ ...head, choices: choice({ content: '' }, 'stop'), usage }),
    'data: [DONE]\n\n',
  ].join('')
}

const responseOf = (frames: number): Buffer => {
  const body = streamOf(frames)
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-generation-id: gen-bench\r\ntransfer-encoding: chunked\r\n\r\n` +
      `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  )
}

const responses = new Map<string, Buffer>()
const responseIn = (frames: string): Buffer => {
  const known = responses.get(frames) ?? responseOf(Number(frames))
  responses.set(frames, known)
  return known
}

const server = createServer((socket) => {
  let received = ''
  socket.setNoDelay()
  socket.on('error', () => socket.destroy())
  socket.setEncoding('latin1').on('data', (piece: string) => {
    received += piece
    const headEnd = received.indexOf('\r\n\r\n')
    const [, frames, afterMs, length] = /^POST \/(\d+)\/(\d+)\/[\s\S]*\r\ncontent-length: (\d+)/i.exec(received) ?? []
    if (headEnd < 0 || frames === undefined || received.length < headEnd + 4 + Number(length)) return
    received = ''
    const response = responseIn(frames)
    if (Number(afterMs) === 0) socket.write(response)
    else setTimeout(() => socket.write(response), Number(afterMs))
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.stdout.write(`http://127.0.0.1:${address.port}\n`)
})
