import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { generationQueue } from '@recto/shared/queue'
import { continueTrace, traceIdOf, traceparentOf } from '@recto/shared/traceparent'
import type { Outcome } from './job-event.ts'
import type { Run } from './run.ts'

/** No SDK is needed: without one, this tracer makes spans that record nothing. */
const tracer = trace.getTracer('recto.worker')

/** Outcomes of a run that has failed. A deferred run waits for money, and the others ended for a reason of somebody else. */
const failed = new Set<Outcome['outcome']>(['failed', 'retried'])

const describeEnd = (span: Span, { outcome, code }: Outcome): void => {
  span.setAttribute('recto.outcome', outcome)
  if (code !== undefined) span.setAttribute('recto.code', code)
  if (!failed.has(outcome)) return
  span.setAttribute('error.type', code ?? outcome).setStatus({ code: SpanStatusCode.ERROR })
}

/**
 * Runs `work` in a span that continues the trace of the submission. Spans that `work` begins are its children. It has ids
 * and words of closed lists as attributes, so nothing that a person, a model or a provider wrote.
 */
export const traceRun = async (run: Run, work: () => Promise<Outcome>): Promise<Outcome> => {
  const parent = continueTrace(run.traceparent)
  const attributes = {
    'messaging.system': 'pg-boss',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': generationQueue,
    'messaging.message.id': run.id,
    'recto.generation_id': run.id,
    'recto.kind': run.kind,
    'recto.attempt': run.attempt,
    'recto.waited_ms': run.waitedMs,
  }
  const span = tracer.startSpan(`process ${generationQueue}`, { kind: SpanKind.CONSUMER, attributes }, parent)
  try {
    const ended = await context.with(trace.setSpan(parent, span), work)
    describeEnd(span, ended)
    return { ...ended, traceId: traceIdOf(traceparentOf(span)) }
  } catch (error) {
    // The database stays away. What the error says may quote a statement.
    span.setAttribute('error.type', '_OTHER').setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}
