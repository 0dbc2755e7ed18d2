import { AppError } from '@recto/shared/errors'
import { z } from 'zod'

/** What is counted, each in a window of its own: a row of recto.limits. */
export type LimitName = 'generations' | 'tests'

/** A person's place in a sliding window; seconds throughout, `reset` until the next one frees. */
export const Admission = z.object({
  limit: z.int(),
  remaining: z.int(),
  window_seconds: z.int(),
  reset: z.int(),
})
export type Admission = z.infer<typeof Admission>

/** The limit itself, which says nothing about anybody. */
export const AdmissionPolicy = Admission.pick({ limit: true, window_seconds: true })
export type AdmissionPolicy = z.infer<typeof AdmissionPolicy>

/** The database refused what a limit counts, with these numbers. */
export class RateLimited extends AppError {
  readonly admission: Admission

  constructor(name: LimitName, admission: Admission) {
    const { limit, window_seconds, reset } = admission
    const detail = `At most ${limit} ${name} in ${window_seconds} seconds; the next one is possible in ${reset} seconds.`
    super('rate_limited', detail, { retryAfter: reset })
    this.admission = admission
  }
}

/** Headers as draft-ietf-httpapi-ratelimit-headers has them, and their older X- forms. */
export const rateLimitHeaders = (
  name: LimitName,
  { limit, remaining, window_seconds, reset }: Admission,
): Record<string, string> => ({
  'RateLimit-Policy': `"${name}";q=${limit};w=${window_seconds}`,
  RateLimit: `"${name}";r=${remaining};t=${reset}`,
  'X-RateLimit-Limit': String(limit),
  'X-RateLimit-Remaining': String(remaining),
})
