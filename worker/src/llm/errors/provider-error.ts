import { z } from 'zod'

/** Characters kept of each text field, so that the patterns of `classify.ts` never search a megabyte. */
const maxTextLength = 2000

const boundedText = z.string().transform((text) => text.slice(0, maxTextLength))
const optionalText = boundedText.nullable().catch(null)
const code = z.union([boundedText, z.number()]).nullable().catch(null)
/** A field that may hold a wait. Any other type is ignored and never converted to text or to a number. */
const scalar = z.union([z.string(), z.number()]).nullable().catch(null)

const metadata = z.object({
  error_type: optionalText,
  limit_source: optionalText,
  provider_name: optionalText,
  provider_error_code: optionalText,
  reason: optionalText,
  reasons: z.array(z.unknown()).nullable().catch(null),
  raw: z.unknown().optional(),
  headers: z.record(z.string(), scalar).catch({}),
  retry_after_seconds: scalar,
})

/** An element of Google's `details`: RetryInfo, QuotaFailure or ErrorInfo. */
const noDetail = { retryDelay: null, violations: [], metadata: { quota_limit: null } }
const detail = z
  .object({
    retryDelay: scalar,
    violations: z.array(z.object({ quotaId: optionalText }).catch({ quotaId: null })).catch([]),
    metadata: z.object({ quota_limit: optionalText }).catch({ quota_limit: null }),
  })
  .catch(noDetail)

const wireError = z.object({
  message: optionalText,
  type: optionalText,
  code,
  status: code,
  reason: optionalText,
  metadata: metadata.catch(metadata.parse({})),
  availability: z.object({ code: optionalText, retry_after: scalar }).catch({ code: null, retry_after: null }),
  details: z.array(detail).catch([]),
  provider: optionalText,
})

type WireError = z.infer<typeof wireError>

/** The error of an upstream provider, which an aggregator wraps in its own error. */
type Upstream = { message: string | null; type: string | null; code: string | number | null }

/**
 * A provider's error in one shape. `status` is the HTTP status that the body names, which is more exact than the
 * response's own; `statusName` is one in words. `provider` is the upstream that an aggregator names. `quotaIds` are
 * Google's ids of the quotas that are used up. `searchText` joins the messages of provider and upstream for pattern
 * search; it is never shown, because it may quote the prompt.
 */
export type ProviderError = Omit<WireError, 'status'> & {
  status: number | null
  statusName: string | null
  quotaIds: string[]
  upstream: Upstream | null
  searchText: string
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

/**
 * The message of a FastAPI error: `{detail: "…"}` or `{detail: [{msg, loc, input}]}`. vLLM and many gateways use
 * FastAPI.
 */
const detailOf = (detail: unknown): unknown => {
  const first: unknown = Array.isArray(detail) ? detail[0] : detail
  return isObject(first) && 'msg' in first ? first.msg : first
}

/** How many levels of wrapping are opened. No known provider wraps an error deeper. */
const maxDepth = 4

/**
 * The object that holds the error's fields: under `error`, in an array (Gemini), or the body itself (vLLM, gateways).
 */
const fieldsOf = (body: unknown, depth = 0): object => {
  if (typeof body === 'string') return { message: body }
  if (!isObject(body) || depth > maxDepth) return {}
  if (Array.isArray(body)) return fieldsOf(body[0], depth + 1)
  if ('error' in body && isObject(body.error)) {
    const inner = fieldsOf(body.error, depth + 1)
    return 'provider' in body ? { provider: body.provider, ...inner } : inner
  }
  const message = 'detail' in body ? { message: detailOf(body.detail) } : {}
  return { ...message, ...('error' in body && typeof body.error === 'string' ? { type: body.error } : {}), ...body }
}

/** The text, cut to the maximum length; empty for an HTML page, which says nothing about the request. */
const plainText = (text: unknown): string =>
  typeof text === 'string' && !text.trimStart().startsWith('<') ? text.slice(0, maxTextLength) : ''

/** Reads the error body of any provider, parsed JSON or text. Never throws; a missing or malformed field is null. */
export const readProviderError = (body: unknown): ProviderError => {
  const fields = wireError.parse(fieldsOf(body))
  const json = parseJson(fields.metadata.raw)
  const raw = wireError.parse(fieldsOf(json))
  const upstream = raw.message ?? raw.type ?? raw.code
  const upstreamText = isObject(json) ? raw.message : plainText(fields.metadata.raw)
  return {
    ...fields,
    status: httpStatusIn([fields.code, fields.status]),
    statusName: typeof fields.status === 'string' ? fields.status : null,
    quotaIds: fields.details.flatMap(({ violations, metadata }) =>
      [metadata.quota_limit, ...violations.map(({ quotaId }) => quotaId)].filter((id) => id !== null),
    ),
    upstream: upstream === null ? null : { message: raw.message, type: raw.type, code: raw.code },
    searchText: `${plainText(fields.message)} ${upstreamText ?? ''}`,
  }
}
