import type { ServerResponse } from 'node:http'
import type { ResponseBody } from './response-body.ts'
import { createResponsePauses } from './response-pauses.ts'
import type { Step } from './script.ts'

/** How a response ended, and how many chunks of its body had been sent. */
export type SendResult = { end: 'completed' | 'aborted' | 'cut'; sent: number }

/** Resolves when the text has been handed to the operating system. */
const flushed = (response: ServerResponse, text: string) =>
  new Promise<void>((resolve) => {
    response.write(text, () => resolve())
  })

/**
 * Sends a body as its step says: slowly, in part, or never. Resolves when the response has ended. Chunks without a
 * pause between them are written together, so that a response without pauses costs one write.
 */
export const sendResponse = async (
  response: ServerResponse,
  step: Step,
  body: ResponseBody,
  headers: Record<string, string>,
): Promise<SendResult> => {
  const pauses = createResponsePauses(response)
  const finish = async (sent: number): Promise<SendResult> => {
    await pauses.closed
    return { end: response.writableFinished ? 'completed' : 'aborted', sent }
  }
  if (!(await pauses.pause(step.hang === 'headers' ? Infinity : step.latency_ms))) return finish(0)
  if (step.reset) {
    response.socket?.resetAndDestroy()
    return { end: 'cut', sent: 0 }
  }

  response.writeHead(step.status, { 'content-type': body.contentType, ...headers, ...step.headers })
  let due = body.opening
  /** Writes what is due, then pauses. */
  const pauseFor = (ms: number) => {
    if (ms === 0) return true
    if (due === '') response.flushHeaders()
    else response.write(due)
    due = ''
    return pauses.pause(ms, step.keep_alive_ms, () => response.write(body.keepAlive))
  }
  const cutAfter = step.cut_after_chunks === undefined ? Infinity : Math.min(step.cut_after_chunks, body.chunks.length)
  const hangAfter = step.hang === 'stream' ? Math.min(step.hang_after_chunks, body.chunks.length) : Infinity

  for (let sent = 0; ; sent += 1) {
    if (sent === cutAfter) return cutOff(response, step, due, sent)
    if (sent === hangAfter && !(await pauseFor(Infinity))) return finish(sent)
    const chunk = body.chunks[sent]
    if (chunk === undefined) break
    if (!(await pauseFor(sent === 0 ? step.first_token_ms : step.chunk_gap_ms))) return finish(sent)
    due += chunk
  }
  response.end(due + body.closing)
  return finish(body.chunks.length)
}

/** Sends what is due and ends the connection as the step says. */
const cutOff = async (response: ServerResponse, step: Step, due: string, sent: number): Promise<SendResult> => {
  if (step.cut === 'end') response.end(due)
  else {
    if (due === '') response.flushHeaders()
    else await flushed(response, due)
    if (step.cut === 'reset') response.socket?.resetAndDestroy()
    else response.destroy()
  }
  return { end: 'cut', sent }
}
