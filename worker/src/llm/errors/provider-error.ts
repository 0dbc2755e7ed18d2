import { z } from 'zod'

/** Words beyond this tell no more; and nobody's megabyte of message is searched. */
const longestWords = 2000

const phrase = z.string().transform((text) => text.slice(0, longestWords))
const words = phrase.nullable().catch(null)
const code = z.union([phrase, z.number()]).nullable().catch(null)
/** Where a wait stands: any other type is no wait, and must never be turned into text or a number. */
const scalar = z.union([z.string(), z.number()]).nullable().catch(null)

const metadata = z.object({
  error_type: words,
  limit_source: words,
  provider_name: words,
  provider_error_code: words,
  reason: words,
  reasons: z.array(z.unknown()).nullable().catch(null),
  raw: z.unknown().optional(),
  headers: z.record(z.string(), scalar).catch({}),
  retry_after_seconds: scalar,
})

const wireError = z.object({
  message: words,
  type: words,
  code,
  status: code,
  reason: words,
  metadata: metadata.catch(metadata.parse({})),
  availability: z.object({ code: words, retry_after: scalar }).catch({ code: null, retry_after: null }),
  details: z.array(z.object({ retryDelay: scalar }).catch({ retryDelay: null })).catch([]),
})

type WireError = z.infer<typeof wireError>

/** What an upstream said inside an aggregator's error. */
type Upstream = { message: string | null; type: string | null; code: string | number | null }

/**
 * A provider's error in one shape. `status` is the code nested in the body: it tells more than that of HTTP around it. `words` is
 * all that was said, the upstream's part too: to be searched, and never to be shown.
 */
export type ProviderError = Omit<WireError, 'status'> & {
  status: number | null
  upstream: Upstream | null
  words: string
}

const httpStatusIn = (values: unknown[]): number | null =>
  values.map(Number).find((value) => Number.isInteger(value) && value >= 400 && value <= 599) ?? null

const parseJson = (text: unknown): unknown => {
  if (typeof text !== 'string') return text
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const isObject = (value: unknown): value is object => value !== null && typeof value === 'object'

/** FastAPI, under vLLM and many a gateway, says `{detail: "…"}` or `{detail: [{msg, loc, input}]}`. */
const detailOf = (detail: unknown): unknown => {
  const first: unknown = Array.isArray(detail) ? detail[0] : detail
  return isObject(first) && 'msg' in first ? first.msg : first
}

/** No provider wraps an error deeper than this. */
const deepest = 4

/** The object that carries the error's fields: under `error`, in an array (Gemini), or the body itself (vLLM, gateways). */
const fieldsOf = (body: unknown, depth = 0): object => {
  if (typeof body === 'string') return { message: body }
  if (!isObject(body) || depth > deepest) return {}
  if (Array.isArray(body)) return fieldsOf(body[0], depth + 1)
  if ('error' in body && isObject(body.error)) return fieldsOf(body.error, depth + 1)
  const message = 'detail' in body ? { message: detailOf(body.detail) } : {}
  return { ...message, ...('error' in body && typeof body.error === 'string' ? { type: body.error } : {}), ...body }
}

/** A page of HTML says many things, and none of them about the request. */
const plainText = (text: unknown): string =>
  typeof text === 'string' && !text.trimStart().startsWith('<') ? text.slice(0, longestWords) : ''

/** Reads any provider's error body, parsed or not JSON at all. Never throws: what is missing is null. */
export const readProviderError = (body: unknown): ProviderError => {
  const fields = wireError.parse(fieldsOf(body))
  const json = parseJson(fields.metadata.raw)
  const raw = wireError.parse(fieldsOf(json))
  const upstream = raw.message ?? raw.type ?? raw.code
  const upstreamWords = isObject(json) ? raw.message : plainText(fields.metadata.raw)
  return {
    ...fields,
    status: httpStatusIn([fields.code, fields.status]),
    upstream: upstream === null ? null : { message: raw.message, type: raw.type, code: raw.code },
    words: `${plainText(fields.message)} ${upstreamWords ?? ''}`,
  }
}
