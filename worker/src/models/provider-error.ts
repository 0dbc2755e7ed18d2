import { z } from 'zod'

const words = z.string().nullable().catch(null)
const code = z.union([z.string(), z.number()]).nullable().catch(null)

const metadata = z.object({
  error_type: words,
  limit_source: words,
  provider_name: words,
  provider_error_code: words,
  reason: words,
  reasons: z.array(z.string()).nullable().catch(null),
  raw: z.unknown().optional(),
  headers: z.record(z.string(), z.unknown()).catch({}),
  retry_after_seconds: z.unknown().optional(),
})

const wireError = z.object({
  message: words,
  type: words,
  code,
  status: code,
  reason: words,
  metadata: metadata.catch(metadata.parse({})),
  availability: z.object({ code: words, retry_after: z.unknown().optional() }).catch({ code: null, retry_after: null }),
  details: z.array(z.object({ retryDelay: z.unknown().optional() })).catch([]),
})

type WireError = z.infer<typeof wireError>

/** What an upstream said inside an aggregator's error. */
type Upstream = { message: string | null; type: string | null; code: string | number | null }

/** A provider's error in one shape. `status` is the code nested in the body: it tells more than that of HTTP around it. */
export type ProviderError = Omit<WireError, 'status'> & { status: number | null; upstream: Upstream | null }

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

/** The object that carries the error's fields: under `error`, in an array (Gemini), or the body itself (vLLM, gateways). */
const fieldsOf = (body: unknown): Record<string, unknown> => {
  if (Array.isArray(body)) return fieldsOf(body[0])
  if (typeof body === 'string') return { message: body }
  if (body === null || typeof body !== 'object') return {}
  const record = z.record(z.string(), z.unknown()).parse(body)
  if (record.error !== null && typeof record.error === 'object') return fieldsOf(record.error)
  return typeof record.error === 'string' ? { type: record.error, ...record } : record
}

/** Reads any provider's error body, parsed or not JSON at all. Never throws: what is missing is null. */
export const readProviderError = (body: unknown): ProviderError => {
  const fields = wireError.parse(fieldsOf(body))
  const raw = wireError.parse(fieldsOf(parseJson(fields.metadata.raw)))
  const upstream = raw.message ?? raw.type ?? raw.code
  return {
    ...fields,
    status: httpStatusIn([fields.code, fields.status]),
    upstream: upstream === null ? null : { message: raw.message, type: raw.type, code: raw.code },
  }
}
