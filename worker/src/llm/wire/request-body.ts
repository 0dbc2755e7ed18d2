import type { OpenAI } from 'openai'
import type { ChatRequest } from '../request.ts'
import type { Route } from '../route.ts'

/**
 * The body of a streamed chat-completions request in the form that the route's provider accepts: OpenAI's fields
 * without the omitted ones, overridden by the route's extra fields. The token limit is always sent, because it bounds
 * the cost and OpenRouter checks the account's credit against it.
 */
export const bodyFor = (
  { model, shape }: Pick<Route, 'model' | 'shape'>,
  { messages, schema, maxCompletionTokens, temperature }: ChatRequest,
): OpenAI.Chat.ChatCompletionCreateParamsStreaming => {
  const unlessOmitted = <T>(field: (typeof shape.omit)[number], value: T) =>
    shape.omit.includes(field) ? {} : { [field]: value }
  return {
    model,
    messages,
    ...(schema && unlessOmitted('response_format', { type: 'json_schema', json_schema: { ...schema, strict: true } })),
    [shape.tokensField]: maxCompletionTokens,
    ...unlessOmitted('temperature', temperature),
    stream: true,
    ...unlessOmitted('stream_options', { include_usage: true }),
    ...shape.extra,
  }
}
