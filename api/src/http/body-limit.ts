import { AppError } from '@recto/shared/errors'
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

/** @throws AppError payload_too_large */
const readUpTo = async (body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Buffer<ArrayBuffer>> => {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of partsOf(body)) {
    size += part.length
    if (size > maxBytes) throw tooLarge(maxBytes)
    parts.push(part)
  }
  return Buffer.concat(parts)
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
  return createMiddleware<HttpEnv>(async (c, next) => {
    const { raw } = c.req
    if (c.req.header('transfer-encoding') === undefined || !raw.body) return limited(c, next)
    const body = await readUpTo(raw.body, maxBytes).catch((error: unknown) => {
      throw error instanceof AppError ? error : incompleteBody(error)
    })
    c.req.raw = new Request(raw, { body })
    return next()
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
