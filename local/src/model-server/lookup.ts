import { MODEL } from './completion.ts'
import { errorBody, type Reply } from './error-reply.ts'
import { exactNumber } from './exact-number.ts'
import type { ProviderOptions } from './provider-options.ts'
import type { RequestRecord } from './request-log.ts'

const generationOf = (record: RequestRecord, { name, region }: Pick<ProviderOptions, 'name' | 'region'>) => ({
  id: record.id,
  model: MODEL,
  provider_name: name,
  total_cost: exactNumber(record.chargedUsd),
  usage: exactNumber(record.chargedUsd),
  tokens_prompt: record.promptTokens,
  tokens_completion: record.completionTokens,
  native_tokens_prompt: record.promptTokens,
  native_tokens_completion: record.completionTokens,
  finish_reason: record.finishReason,
  cancelled: record.aborted,
  streamed: record.stream,
  data_region: region,
  created_at: new Date(record.startedAt).toISOString(),
})

/**
 * OpenRouter's lookup of what a request was charged. It answers 404 until some time after the end of the request, and
 * always for a request whose status was 400 or above.
 * @param now milliseconds since 1970, as in the records
 */
export const lookUp = (
  record: RequestRecord | undefined,
  id: string,
  provider: ProviderOptions,
  now: number,
): Reply => {
  if (!record || record.lookupFrom === null || record.lookupFrom > now) {
    return { status: 404, body: errorBody(404, `Generation ${id} not found`) }
  }
  return { status: 200, body: JSON.stringify({ data: generationOf(record, provider) }) }
}
