import type { ServerResponse } from 'node:http'
import type { Step } from './script.ts'
import { createSilence } from './silence.ts'
import type { WireBody } from './wire.ts'

/** How a response ended, and how many pieces of its body had been sent. */
export type Played = { end: 'completed' | 'aborted' | 'cut'; sent: number }

const flushed = (response: ServerResponse, text: string) =>
  new Promise<void>((resolve) => {
    response.write(text, () => resolve())
  })

/**
 * Sends a body the way its step says: slowly, in part, or never. Settles when the connection is done with it.
 * What is due at the same time is written at once, so that an answer without waits costs one write.
 */
export const play = async (
  response: ServerResponse,
  step: Step,
  body: WireBody,
  headers: Record<string, string>,
): Promise<Played> => {
  const silence = createSilence(response)
  const finish = async (sent: number): Promise<Played> => {
    await silence.closed
    return { end: response.writableFinished ? 'completed' : 'aborted', sent }
  }
  if (!(await silence.keep(step.hang === 'headers' ? Infinity : step.latency_ms))) return finish(0)
  if (step.reset) {
    response.socket?.resetAndDestroy()
    return { end: 'cut', sent: 0 }
  }

  response.writeHead(step.status, { 'content-type': body.contentType, ...headers, ...step.headers })
  let due = body.opening
  const quiet = (ms: number) => {
    if (ms === 0) return true
    if (due === '') response.flushHeaders()
    else response.write(due)
    due = ''
    return silence.keep(ms, step.keep_alive_ms, () => response.write(body.keepAlive))
  }
  const cutAfter = step.cut_after_chunks === undefined ? Infinity : Math.min(step.cut_after_chunks, body.pieces.length)
  const hangAfter = step.hang === 'stream' ? Math.min(step.hang_after_chunks, body.pieces.length) : Infinity

  for (let sent = 0; ; sent += 1) {
    if (sent === cutAfter) return cutOff(response, step, due, sent)
    if (sent === hangAfter && !(await quiet(Infinity))) return finish(sent)
    const piece = body.pieces[sent]
    if (piece === undefined) break
    if (!(await quiet(sent === 0 ? step.first_token_ms : step.chunk_gap_ms))) return finish(sent)
    due += piece
  }
  response.end(due + body.closing)
  return finish(body.pieces.length)
}

const cutOff = async (response: ServerResponse, step: Step, due: string, sent: number): Promise<Played> => {
  if (step.cut === 'end') response.end(due)
  else {
    if (due === '') response.flushHeaders()
    else await flushed(response, due)
    if (step.cut === 'reset') response.socket?.resetAndDestroy()
    else response.destroy()
  }
  return { end: 'cut', sent }
}
