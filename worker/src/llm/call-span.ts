import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { CallResult, ChatRequest } from './request.ts'
import type { Route } from './route.ts'

/** No SDK is needed: without one, this tracer makes spans that record nothing. */
const tracer = trace.getTracer('recto.worker')

/** The convention's only name for what `/chat/completions` does. */
const operation = 'chat'

/** Providers whose names in the convention differ from those in the catalog. */
const providerNames: Readonly<Record<string, string>> = { gemini: 'gcp.gemini' }

/** What may be a name of a model. Anything else that a provider calls a model could be a text. */
const modelName = /^[\w.:/@+-]{1,100}$/

/**
 * The attributes of a call before it is sent. All names of the convention stand in this file:
 * https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-spans.md
 */
export const requestAttributes = (route: Route, { schema, maxCompletionTokens, temperature }: ChatRequest) => ({
  'gen_ai.operation.name': operation,
  'gen_ai.provider.name': providerNames[route.provider] ?? route.provider,
  'gen_ai.request.model': route.model,
  'gen_ai.request.max_tokens': maxCompletionTokens,
  'gen_ai.request.stream': true,
  ...(!route.shape.omit.includes('temperature') && { 'gen_ai.request.temperature': temperature }),
  'gen_ai.output.type': schema ? 'json' : 'text',
})

/** The attributes of a call that has ended, as far as the provider has told them. */
export const responseAttributes = ({
  modelServed,
  usage,
  firstTokenMs,
}: Pick<CallResult, 'modelServed' | 'usage' | 'firstTokenMs'>) => ({
  ...(modelServed !== null && modelName.test(modelServed) && { 'gen_ai.response.model': modelServed }),
  ...(firstTokenMs !== null && { 'gen_ai.response.time_to_first_chunk': firstTokenMs / 1000 }),
  ...(usage.tokensInput !== null && { 'gen_ai.usage.input_tokens': usage.tokensInput }),
  ...(usage.tokensOutput !== null && { 'gen_ai.usage.output_tokens': usage.tokensOutput }),
  ...(usage.tokensCached !== null && { 'gen_ai.usage.cache_read.input_tokens': usage.tokensCached }),
  ...(usage.tokensReasoning !== null && { 'gen_ai.usage.reasoning.output_tokens': usage.tokensReasoning }),
})

/**
 * Begins the span of one request to a provider, as a child of the run's. It has neither messages, nor an answer, nor what
 * a provider says of a failure, any of which may hold what a person wrote. The provider is not told of the trace.
 */
export const startCallSpan = (route: Route, request: ChatRequest, hedge: boolean) => {
  const attributes = { ...requestAttributes(route, request), 'recto.hedge': hedge }
  const span = tracer.startSpan(`${operation} ${route.model}`, { kind: SpanKind.CLIENT, attributes })
  return {
    end: (result: CallResult): void => {
      if (!span.isRecording()) return
      const { outcome, usage } = result
      span.setAttributes({
        ...responseAttributes(result),
        'recto.outcome': outcome,
        'recto.cost_usd': Number(usage.costUsd),
      })
      // A request that another one has made needless is stopped, and has not failed.
      if (outcome !== 'ok' && outcome !== 'aborted')
        span.setAttribute('error.type', outcome).setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}
