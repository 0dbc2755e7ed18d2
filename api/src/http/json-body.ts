import { MIMEType } from 'node:util'
import { AppError } from '@recto/shared/errors'
import type { HonoRequest } from 'hono'
import { bodyLimit as countingLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from './env.ts'

/** Fits 10,000 code points outside the BMP, each written as two \uXXXX escapes, and the other fields. */
const maxBytes = 256 * 1024

const tooLarge = () => new AppError('payload_too_large', `The body may have at most ${maxBytes} bytes.`)

const incompleteBody = (cause: unknown) => new AppError('invalid_request', 'The body is incomplete.', { cause })

/** Counts the bytes of a body that comes without a Content-Length. */
const counting = countingLimit({
  maxSize: maxBytes,
  onError: () => {
    throw tooLarge()
  },
})

/** Rejects a body that is too large (413) before anything else reads it. */
export const bodyLimit = createMiddleware<HttpEnv>(async (c, next) => {
  if (c.req.header('transfer-encoding') !== undefined) {
    // Errors of handlers are answered before they reach this point, so this one comes from reading the body.
    return counting(c, next).catch((error) => {
      throw error instanceof AppError ? error : incompleteBody(error)
    })
  }
  if (Number(c.req.header('content-length') ?? 0) > maxBytes) throw tooLarge()
  return next()
})

const isUtf8 = (charset: string): boolean => {
  try {
    return new TextDecoder(charset).encoding === 'utf-8'
  } catch {
    return false
  }
}

/** Whether a Content-Type is `application/json`, in UTF-8 if it names a charset. Other parameters say nothing. */
const isJson = (contentType: string): boolean => {
  try {
    const { essence, params } = new MIMEType(contentType)
    return essence === 'application/json' && isUtf8(params.get('charset') ?? 'utf-8')
  } catch {
    return false
  }
}

/** Writes a Content-Type of JSON as the validator knows it, which knows fewer spellings. False for any other type. */
const takeAsJson = (request: HonoRequest): boolean => {
  if (!isJson(request.header('content-type') ?? '')) return false
  request.raw.headers.set('content-type', 'application/json')
  return true
}

/**
 * Reads a JSON body for the validator behind it. Bytes that are not UTF-8 are an error (400), and are not replaced by
 * U+FFFD.
 */
export const jsonBody = createMiddleware<HttpEnv>(async (c, next) => {
  const encoding = c.req.header('content-encoding') ?? 'identity'
  if (!takeAsJson(c.req) || encoding.toLowerCase() !== 'identity') throw new AppError('unsupported_media_type')
  const bytes = await c.req.raw.arrayBuffer().catch((cause) => {
    throw incompleteBody(cause)
  })
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
  } catch (cause) {
    throw new AppError('invalid_json', 'The body is not valid UTF-8.', { cause })
  }
  await next()
})

/** Like `jsonBody`, but an empty body counts as `{}`. */
export const optionalJsonBody = createMiddleware<HttpEnv>(async (c, next) => {
  const empty = c.req.header('transfer-encoding') === undefined && Number(c.req.header('content-length') ?? 0) === 0
  if (!empty) return jsonBody(c, next)
  takeAsJson(c.req)
  Object.assign(c.req.bodyCache, { text: Promise.resolve('{}') })
  return next()
})
