import { MIMEType } from 'node:util'
import { AppError } from '@recto/shared/errors'
import type { HonoRequest } from 'hono'
import { createMiddleware } from 'hono/factory'
import { incompleteBody } from './body-limit.ts'
import type { HttpEnv } from './env.ts'

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
