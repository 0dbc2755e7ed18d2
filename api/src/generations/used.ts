import { type Generation, isTerminal } from '@recto/shared/generation'
import type { HttpEnv } from '../http/env.ts'

/** What a generation has used, for the log event of the request that is answered with it; undefined before its end. */
export const usedOf = (generation: Generation): HttpEnv['Variables']['used'] => {
  const { status, tokens_input, tokens_output, cost_usd, ai_metadata } = generation
  if (!isTerminal(status)) return undefined
  return {
    tokens: tokens_input === null || tokens_output === null ? null : tokens_input + tokens_output,
    // A number, so that a log store can add it up. The exact amount is in the answer.
    costUsd: Number(cost_usd),
    cached: ai_metadata.cached === true,
  }
}
