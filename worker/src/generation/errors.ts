import { type GenerationErrorCode, generationErrors } from '@recto/shared/errors'
import type { GenerationError } from '@recto/shared/generation'
import type { Failure, Timing } from '../llm/errors/failure.ts'
import type { Answer } from '../llm/request.ts'
import type { Run } from './run.ts'

export type Metadata = Record<string, unknown>

const timingOf = ({ requests, latencyMs, firstTokenMs, totalMs }: Timing) => ({
  requests,
  latency_ms: latencyMs,
  first_token_ms: firstTokenMs,
  total_ms: totalMs,
})

/** `error` of a generation that fails, before anything is known of a request. */
export const errorOf = (run: Run, code: GenerationErrorCode): GenerationError => ({
  code,
  message: generationErrors[code].message,
  retryable: generationErrors[code].retryable,
  attempts: run.attempt,
  provider: null,
  http_status: null,
  provider_request_id: null,
  response_excerpt: null,
  timing: {},
})

/** What `error` says of the request that failed. */
export const detailsOf = (failure: Failure): Partial<GenerationError> => ({
  provider: failure.provider,
  http_status: failure.httpStatus,
  provider_request_id: failure.providerRequestId,
  response_excerpt: failure.responseExcerpt,
  timing: timingOf(failure.timing),
})

/** What `ai_metadata` says of the request that answered. */
export const answeredBy = (answer: Extract<Answer<unknown>, { ok: true }>) => ({
  provider: answer.route.provider,
  region: answer.route.region,
  model: answer.route.modelId,
  model_served: answer.modelServed,
  provider_request_id: answer.providerRequestId,
  truncated: answer.truncated,
  timing: timingOf(answer.timing),
})
