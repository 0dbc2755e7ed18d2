import { type Context, isSpanContextValid, ROOT_CONTEXT, type Span, type SpanContext, trace } from '@opentelemetry/api'

/** `traceparent` of W3C Trace Context: version, trace id, parent id and flags. Later versions may have more fields. */
const form = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/

const readSpanContext = (value: string | null | undefined): SpanContext | undefined => {
  const [, version, traceId, spanId, flags = '', more] = form.exec(value ?? '') ?? []
  if (traceId === undefined || spanId === undefined || (version === '00' && more !== undefined)) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
}

/** The context that continues the trace of a `traceparent`. It is empty when that is absent or not well-formed. */
export const continueTrace = (traceparent: string | null | undefined): Context => {
  const parent = readSpanContext(traceparent)
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT
}

/**
 * The `traceparent` by which others continue the trace of a span. Without an OpenTelemetry SDK a span stands for its
 * parent, so that this is the parent's; undefined without a trace.
 */
export const traceparentOf = (span: Span): string | undefined => {
  const context = span.spanContext()
  if (!isSpanContextValid(context)) return undefined
  return `00-${context.traceId}-${context.spanId}-${context.traceFlags.toString(16).padStart(2, '0')}`
}

/** The trace id of a `traceparent` that `traceparentOf` made: 32 hex digits. */
export const traceIdOf = (traceparent: string | undefined): string | undefined => traceparent?.slice(3, 35)
