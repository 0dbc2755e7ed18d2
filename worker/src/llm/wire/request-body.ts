import type { OpenAI } from 'openai'
import type { ChatRequest } from '../request.ts'
import type { Route } from '../route.ts'

/**
 * The body of a streamed request, as the route's provider wants it: OpenAI's fields without those that it refuses, and its own laid over them.
 * A limit of tokens always goes with it: it bounds the cost, and OpenRouter checks the account's credit against it.
 */
export const bodyFor = (
  { model, shape }: Pick<Route, 'model' | 'shape'>,
  { messages, schema, maxCompletionTokens, temperature }: ChatRequest,
): OpenAI.Chat.ChatCompletionCreateParamsStreaming => {
  const sent = <T>(field: (typeof shape.omit)[number], value: T) =>
    shape.omit.includes(field) ? {} : { [field]: value }
  return {
    model,
    messages,
    ...(schema && sent('response_format', { type: 'json_schema', json_schema: { ...schema, strict: true } })),
    [shape.tokensField]: maxCompletionTokens,
    ...sent('temperature', temperature),
    stream: true,
    ...sent('stream_options', { include_usage: true }),
    ...shape.extra,
  }
}
