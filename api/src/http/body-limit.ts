import { AppError } from '@recto/shared/errors'
import { bodyLimit as countingLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from './env.ts'

/** What became of a body that ended before its end. */
export const incompleteBody = (cause: unknown) => new AppError('invalid_request', 'The body is incomplete.', { cause })

export const tooLarge = (maxBytes: number) =>
  new AppError('payload_too_large', `The body may have at most ${maxBytes} bytes.`)

const discard = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> => {
  while (!(await reader.read()).done);
}

/**
 * The parts of a body. What a caller that stops early leaves is read as well, behind its back: the server ends a connection
 * half a second after an answer to a body that was begun and not read to its end, whoever's request it serves by then.
 */
export async function* partsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
  } finally {
    discard(reader).catch(() => undefined)
  }
}

/** Rejects a body whose Content-Length is more than `maxBytes` (413). */
const limitLength = (maxBytes: number) =>
  createMiddleware<HttpEnv>(async (c, next) => {
    if (Number(c.req.header('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
    return next()
  })

/** Rejects a body of more than `maxBytes` (413) before anything else reads it. */
const limitTo = (maxBytes: number) => {
  const limited = limitLength(maxBytes)
  /** Reads a body that comes without a Content-Length, and counts its bytes. */
  const counting = countingLimit({
    maxSize: maxBytes,
    onError: () => {
      throw tooLarge(maxBytes)
    },
  })
  return createMiddleware<HttpEnv>(async (c, next) => {
    const { raw } = c.req
    if (c.req.header('transfer-encoding') === undefined || !raw.body) return limited(c, next)
    const parts = partsOf(raw.body)
    c.req.raw = new Request(raw, { body: ReadableStream.from(parts), duplex: 'half' })
    // Errors of handlers are answered before they reach this point, so this one comes from reading the body.
    return counting(c, next)
      .catch((error: unknown) => {
        throw error instanceof AppError ? error : incompleteBody(error)
      })
      .finally(() => void parts.return())
  })
}

/** How many bytes a body may have, by path. */
type Bounds = Record<string, number>

/**
 * Limits bodies to `usual` bytes, and those of some paths to more. A handler of a `streamed` path reads its body part by
 * part, which is never held in memory as a whole, and counts the bytes of one that comes without a Content-Length.
 */
export const limitBodies = (usual: number, { held, streamed }: { held: Bounds; streamed: Bounds }) => {
  const limits = new Map([
    ...Object.entries(held).map(([path, maxBytes]) => [path, limitTo(maxBytes)] as const),
    ...Object.entries(streamed).map(([path, maxBytes]) => [path, limitLength(maxBytes)] as const),
  ])
  const others = limitTo(usual)
  return createMiddleware<HttpEnv>((c, next) => (limits.get(c.req.path) ?? others)(c, next))
}
