/** Why a message was not delivered. */
export const failureClasses = [
  'blocked_url',
  'blocked_address',
  'dns',
  'connection',
  'tls',
  'timeout',
  'redirect',
  'http_status',
] as const

export type FailureClass = (typeof failureClasses)[number]

/**
 * The result of a delivery. It succeeds with a 2xx answer. `latencyMs`: until the status of the answer, or until the
 * failure. `excerpt`: the begin of the answer's text. `message`: for the owner of the endpoint, without addresses.
 */
export type Posted =
  | { ok: true; status: number; latencyMs: number }
  | {
      ok: false
      class: FailureClass
      status: number | null
      retryAfterSeconds: number | null
      excerpt: string | null
      latencyMs: number
      message: string
    }

/** A delivery that ended before its answer. */
export class NotDelivered extends Error {
  readonly reason: FailureClass

  constructor(reason: FailureClass, message: string) {
    super(message)
    this.reason = reason
  }
}

export const notDelivered = ({ reason, message }: NotDelivered, latencyMs: number): Posted => ({
  ok: false,
  class: reason,
  status: null,
  retryAfterSeconds: null,
  excerpt: null,
  latencyMs,
  message,
})

/** The code of an error of the network, for example ECONNREFUSED. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'
