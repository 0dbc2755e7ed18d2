import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { continueTrace, traceparentOf } from '@recto/shared/traceparent'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { HttpEnv } from './env.ts'
import { probes } from './probes.ts'
import { codeOf } from './problems.ts'
import { routeOf } from './route-of.ts'

/** No SDK is needed: without one, this tracer makes spans that record nothing. */
const tracer = trace.getTracer('recto.api')

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** What a span says of an answer. */
const attributesOf = (c: Context<HttpEnv>) => {
  const { status } = c.res
  const generationId = c.get('generationId')
  const code = codeOf(c.error)
  return {
    'http.route': routeOf(c),
    'http.response.status_code': status,
    ...(generationId !== undefined && { 'recto.generation_id': generationId }),
    ...(code !== undefined && { 'recto.code': code }),
    ...(status >= 500 && { 'error.type': code ?? String(status) }),
  }
}

/**
 * Continues the trace of a well-formed `traceparent`, or begins one, with a span that ends with the answer, or with the
 * stream that is the answer. A span names the request by its template and its generation by its id. It has no path, query,
 * header, body or message of an error, any of which may hold what a person wrote.
 */
export const traceRequest = createMiddleware<HttpEnv>(async (c, next) => {
  // Traces of probes would only push out others.
  if (probes.has(c.req.path)) return next()
  const { method } = c.req
  const knownMethod = methods.has(method) ? method : '_OTHER'
  const parent = continueTrace(c.req.header('traceparent'))
  const span = tracer.startSpan(
    knownMethod,
    { kind: SpanKind.SERVER, attributes: { 'http.request.method': knownMethod } },
    parent,
  )
  c.set('traceparent', traceparentOf(span))
  await context.with(trace.setSpan(parent, span), next)
  if (!span.isRecording()) return
  span.updateName(`${knownMethod} ${routeOf(c)}`).setAttributes(attributesOf(c))
  if (c.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
  const stream = c.get('stream')
  if (stream) void stream.then(() => span.end())
  else span.end()
})
