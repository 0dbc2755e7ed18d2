import { AppError } from '@recto/shared/errors'
import { bodyLimit as countingLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from './env.ts'

/** What became of a body that ended before its end. */
export const incompleteBody = (cause: unknown) => new AppError('invalid_request', 'The body is incomplete.', { cause })

/** Rejects a body of more than `maxBytes` (413) before anything else reads it. */
const limitTo = (maxBytes: number) => {
  const tooLarge = () => new AppError('payload_too_large', `The body may have at most ${maxBytes} bytes.`)
  /** Counts the bytes of a body that comes without a Content-Length. */
  const counting = countingLimit({
    maxSize: maxBytes,
    onError: () => {
      throw tooLarge()
    },
  })
  return createMiddleware<HttpEnv>(async (c, next) => {
    if (c.req.header('transfer-encoding') !== undefined) {
      // Errors of handlers are answered before they reach this point, so this one comes from reading the body.
      return counting(c, next).catch((error) => {
        throw error instanceof AppError ? error : incompleteBody(error)
      })
    }
    if (Number(c.req.header('content-length') ?? 0) > maxBytes) throw tooLarge()
    return next()
  })
}

/** Limits bodies to `usual` bytes, and those of some paths to more. */
export const limitBodies = (usual: number, paths: Record<string, number>) => {
  const others = new Map(Object.entries(paths).map(([path, maxBytes]) => [path, limitTo(maxBytes)]))
  const all = limitTo(usual)
  return createMiddleware<HttpEnv>((c, next) => (others.get(c.req.path) ?? all)(c, next))
}
