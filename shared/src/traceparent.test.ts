import { trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { continueTrace, traceIdOf, traceparentOf } from './traceparent.ts'

const id = '4bf92f3577b34da6a3ce929d0e0e4736'
const parent = '00f067aa0ba902b7'
const tracer = trace.getTracer('test')

/** The `traceparent` of a span that continues `traceparent` while there is no SDK. */
const handedOn = (traceparent: string | null | undefined) =>
  traceparentOf(tracer.startSpan('span', {}, continueTrace(traceparent)))

describe('the traceparent of a span that continues a trace without an SDK', () => {
  it.each([
    ['of a sampled trace', `00-${id}-${parent}-01`, `00-${id}-${parent}-01`],
    ['of a trace that is not sampled', `00-${id}-${parent}-00`, `00-${id}-${parent}-00`],
    ['of a later version', `01-${id}-${parent}-03-more`, `00-${id}-${parent}-03`],
  ])('is that of the parent for a header %s', (_, header, expected) => expect(handedOn(header)).toBe(expected))

  it.each([
    ['no header', undefined],
    ['no value in a row', null],
    ['an empty header', ''],
    ['an id of zeros', `00-${'0'.repeat(32)}-${parent}-01`],
    ['a parent of zeros', `00-${id}-${'0'.repeat(16)}-01`],
    ['version ff', `ff-${id}-${parent}-01`],
    ['capital letters', `00-${id.toUpperCase()}-${parent}-01`],
    ['a short id', `00-${id.slice(1)}-${parent}-01`],
    ['a missing flag', `00-${id}-${parent}`],
    ['more fields than version 00 has', `00-${id}-${parent}-01-more`],
    ['two headers', `00-${id}-${parent}-01, 00-${id}-${parent}-01`],
    ['other text', `{"injected":true}${id}`],
    ['a line break behind it', `00-${id}-${parent}-01\n{"injected":true}`],
  ])('does not exist for %s', (_, header) => expect(handedOn(header)).toBeUndefined())
})

describe('traceIdOf', () => {
  it('returns the second field', () => expect(traceIdOf(`00-${id}-${parent}-01`)).toBe(id))
  it('returns nothing for nothing', () => expect(traceIdOf(undefined)).toBeUndefined())
})
