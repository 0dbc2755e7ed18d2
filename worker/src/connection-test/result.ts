import { type GenerationErrorCode, generationErrors } from '@recto/shared/errors'
import { messageOf } from '../models/failure.ts'
import type { Answer } from '../models/request.ts'

/** What is written of a test, for the API to read. `cost_usd` is a decimal string, of the request that answered. */
export type TestResult =
  | {
      ok: true
      text: string
      /** As the provider named it. */
      model: string
      provider: string
      usage: { tokens_input: number | null; tokens_output: number | null; cost_usd: string }
      latency_ms: number
    }
  | { ok: false; code: string; message: string; provider: string | null; http_status: number | null }

/** A test that came to no request. */
export const notAsked = (code: GenerationErrorCode): TestResult => ({
  ok: false,
  code,
  message: generationErrors[code].message,
  provider: null,
  http_status: null,
})

export const resultOf = (answer: Answer<string>): TestResult => {
  if (!answer.ok) {
    const { class: code, provider, httpStatus } = answer.failure
    return { ok: false, code, message: messageOf(code), provider, http_status: httpStatus }
  }
  const { value, modelServed, route, usage, timing } = answer
  return {
    ok: true,
    text: value,
    model: modelServed ?? route.model,
    provider: route.provider,
    usage: { tokens_input: usage.tokensInput, tokens_output: usage.tokensOutput, cost_usd: usage.costUsd },
    latency_ms: timing.latencyMs,
  }
}
