import type { IncomingMessage } from 'node:http'
import { CONNECTION_DRAIN_MS } from '../deadlines.ts'
import { cleanText } from '../llm/wire/clean-text.ts'
import type { FailureClass, Posted } from './posted.ts'
import { retryAfterSeconds } from './retry-after.ts'

const maxBodyBytes = 4_096

/**
 * The begin of an answer's body: at most 4,096 bytes, and what comes within a second. The connection is closed then. A
 * body that breaks off ends there.
 */
const beginOf = (message: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve) => {
    const pieces: Buffer[] = []
    let size = 0
    const end = () => {
      clearTimeout(timer)
      message.destroy()
      resolve(Buffer.concat(pieces).subarray(0, maxBodyBytes))
    }
    const timer = setTimeout(end, CONNECTION_DRAIN_MS)
    message.on('data', (piece: Buffer) => {
      pieces.push(piece)
      size += piece.length
      if (size >= maxBodyBytes) end()
    })
    message.on('error', end)
    message.once('close', end)
  })

/** A character that the end of the excerpt cuts is left out. */
const textOf = (body: Buffer): string | null =>
  cleanText(new TextDecoder().decode(body, { stream: true }), body.length).trim() || null

const failureOf = (status: number): { class: FailureClass; message: string } =>
  status >= 300 && status < 400
    ? { class: 'redirect', message: `the answer is a redirect (${status}), which is not followed` }
    : { class: 'http_status', message: `the answer has the status ${status}` }

/** The result that an answer is. Its body changes nothing about it. */
export const readAnswer = async (message: IncomingMessage, latencyMs: number): Promise<Posted> => {
  const { statusCode: status = 0, headers } = message
  const body = await beginOf(message)
  if (status >= 200 && status < 300) return { ok: true, status, latencyMs }
  return {
    ok: false,
    ...failureOf(status),
    status,
    retryAfterSeconds: retryAfterSeconds(headers['retry-after'], Date.now()),
    excerpt: textOf(body),
    latencyMs,
  }
}
