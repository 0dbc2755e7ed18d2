import { AppError } from '@recto/shared/errors'
import { bodyLimit as countingLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from './env.ts'

/** 10,000 code points outside the BMP, each written as two \uXXXX escapes, and room for the rest. */
const maxBytes = 256 * 1024

const tooLarge = () => new AppError('payload_too_large', `The body may have ${maxBytes} bytes at most.`)

const brokenOff = (cause: unknown) => new AppError('invalid_request', 'The body broke off.', { cause })

/** Without a Content-Length the bytes have to be counted as they come. */
const counting = countingLimit({
  maxSize: maxBytes,
  onError: () => {
    throw tooLarge()
  },
})

/** Refuses a body that is too large before any of it is looked at. */
export const bodyLimit = createMiddleware<HttpEnv>(async (c, next) => {
  if (c.req.header('transfer-encoding') !== undefined) {
    // What happens behind it is answered before it comes back here: a failure is that of reading.
    return counting(c, next).catch((error) => {
      throw error instanceof AppError ? error : brokenOff(error)
    })
  }
  if (Number(c.req.header('content-length') ?? 0) > maxBytes) throw tooLarge()
  return next()
})

/** `application/json`, which is UTF-8: another charset may be named, but is not read as if it were. */
const isJson = (contentType: string): boolean =>
  /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(contentType.trim())

/** Reads a JSON body as the bytes it is: what is not UTF-8 is refused and not replaced by U+FFFD. For the validator after it. */
export const jsonBody = createMiddleware<HttpEnv>(async (c, next) => {
  const encoding = c.req.header('content-encoding') ?? 'identity'
  if (!isJson(c.req.header('content-type') ?? '') || encoding.toLowerCase() !== 'identity')
    throw new AppError('unsupported_media_type')
  const bytes = await c.req.raw.arrayBuffer().catch((cause) => {
    throw brokenOff(cause)
  })
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
  } catch (cause) {
    throw new AppError('invalid_json', 'The body is not valid UTF-8.', { cause })
  }
  await next()
})

/** As `jsonBody`, but no body at all is as good as `{}`. */
export const optionalJsonBody = createMiddleware<HttpEnv>(async (c, next) => {
  const empty = c.req.header('transfer-encoding') === undefined && Number(c.req.header('content-length') ?? 0) === 0
  if (!empty) return jsonBody(c, next)
  Object.assign(c.req.bodyCache, { text: Promise.resolve('{}') })
  return next()
})
