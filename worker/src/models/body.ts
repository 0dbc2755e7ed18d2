import type { OpenAI } from 'openai'
import type { ChatRequest } from './request.ts'

/** What OpenRouter takes beside OpenAI's fields. */
type OpenRouterFields = {
  provider: { require_parameters: true; data_collection: 'deny' }
  usage: { include: true }
}

type Body = OpenAI.Chat.ChatCompletionCreateParamsStreaming & OpenRouterFields

/**
 * The body of a streamed request to OpenRouter. Support of strict schemas differs by endpoint, and one without it would drop
 * the schema silently: `require_parameters` refuses instead. `data_collection: deny` keeps texts out of training.
 */
export const openRouterBody = (model: string, request: ChatRequest): Body => ({
  model,
  messages: request.messages,
  response_format: { type: 'json_schema', json_schema: { ...request.schema, strict: true } },
  max_completion_tokens: request.maxCompletionTokens,
  temperature: request.temperature,
  stream: true,
  stream_options: { include_usage: true },
  provider: { require_parameters: true, data_collection: 'deny' },
  usage: { include: true },
})
