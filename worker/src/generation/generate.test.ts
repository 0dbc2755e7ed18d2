import { bundledCatalog, type DataResidency } from '@recto/shared/catalog'
import { describe, expect, test } from 'vitest'
import { findKind } from '../kinds/registry.ts'
import { createLive } from '../live/live.ts'
import type { Ask } from '../llm/ask.ts'
import type { Failure } from '../llm/errors/failure.ts'
import type { CallRecorder, ChatRequest } from '../llm/request.ts'
import type { Route } from '../llm/route.ts'
import { exampleRoute } from '../testing/example-route.ts'
import { exampleRun } from '../testing/example-run.ts'
import { createGenerate } from './generate.ts'
import { type Planned, planRun } from './plan.ts'

const sourceText = `The harbour master of Kirkwall is Ingrid Flett. Questions about berths go to ingrid.flett@harbour.example
or to +44 1856 873636. The pier was opened in 1811 and is 230 metres long.`
const far = exampleRoute({ provider: 'far', contextTokens: 100_000 })
const near = exampleRoute({ provider: 'near', region: 'eu', contextTokens: 100_000 })
const recorder: CallRecorder = {
  start: async () => 'call',
  identify: () => undefined,
  progress: () => undefined,
  finish: async () => undefined,
}

const live = createLive({ notify: async () => undefined, now: Date.now, onError: () => undefined })

const planned = (more: Partial<Planned> = {}, source = sourceText): Planned => {
  const run = exampleRun({ sourceText: source })
  const plan = planRun({ catalog: bundledCatalog(), findKind, residency: 'any', scrub: false }, run)
  if (!plan.ok) throw new Error(plan.code)
  return { ...plan, models: ['m'], ...more }
}

type Asked = { routes: readonly Route[]; request: ChatRequest; residency: DataResidency | null }

/** Makes the cards of a run by a model that answers with these; answers what it was asked. */
const generate = async (
  cards: unknown[],
  {
    source = sourceText,
    plan = planned(),
    routes = [far, near],
    ends = null as Failure | null,
    gone = false,
    onAnswered = () => {},
  } = {},
) => {
  const asked: Asked[] = []
  let residency: DataResidency | null = null
  let onGone: () => void = () => undefined
  const ask: Ask = async (chosen, question, signal) => {
    asked.push({ routes: chosen, request: question.request, residency })
    if (gone) onGone()
    if (ends) return { ok: false, failure: ends }
    const [route] = chosen
    const parsed = question.parse(JSON.stringify({ cards }), 'stop')
    if (!parsed.ok || !route) throw new Error(signal.aborted ? 'aborted' : 'no answer')
    const usage = { tokensInput: 1, tokensOutput: 1, tokensReasoning: null, tokensCached: null }
    return {
      ok: true,
      value: parsed.value,
      truncated: false,
      modelServed: 'served-1',
      route,
      httpStatus: 200,
      providerRequestId: 'gen-1',
      usage: { ...usage, costUsd: '0', costSource: null },
      timing: { requests: 1, latencyMs: 2, firstTokenMs: 1, totalMs: 3 },
      modelMs: 2,
    }
  }
  const generated = await createGenerate({
    routing: () => ({ routes, policy: 'fixed', latencyOf: () => null, random: () => 0.5 }),
    ask,
    recorderOf: (_, under, lost) => {
      residency = under
      onGone = lost
      return recorder
    },
    live,
    random: () => 0.5,
  })(
    exampleRun({ sourceText: source }),
    { ...plan, work: planned({}, source).work },
    new AbortController().signal,
    onAnswered,
  )
  const [first] = asked
  return { generated, asked: first, text: first?.request.messages.at(-1)?.content ?? '' }
}

const pier = {
  front: 'When was the pier of Kirkwall opened?',
  back: '1811',
  source_quote: 'The pier was opened in 1811 and is 230 metres long.',
}
const berths = (address: string) => ({
  front: 'To which address do questions about berths in Kirkwall go?',
  back: address,
  source_quote: `Questions about berths go to ${address}`,
})

describe('generate', () => {
  test('sends the text unchanged and returns how its cards were made', async () => {
    const { generated, asked, text } = await generate([
      pier,
      { ...pier, front: 'How long is it?', source_quote: 'Not there.' },
    ])
    expect(text).toContain(sourceText)
    expect(asked).toMatchObject({ routes: [far, near], residency: 'any' })
    expect(generated).toMatchObject({
      ok: true,
      made: { count: 1, value: [{ front: pier.front, back: '1811', source_quote: pier.source_quote }] },
      dropped: { ungrounded: 1 },
      metadata: { provider: 'far', region: 'us', model: 'm', model_served: 'served-1', dropped: { ungrounded: 1 } },
      error: { provider: 'far', provider_request_id: 'gen-1', timing: { requests: 1, total_ms: 3 } },
      deterministic: true,
    })
    expect(JSON.stringify(generated)).not.toMatch(/"scrubbed"|"data_residency"/)
  })

  test('is not deterministic when the model takes no temperature', async () => {
    const warm = exampleRoute({ ...near, shape: { ...near.shape, omit: ['temperature'] } })
    expect((await generate([pier], { routes: [warm] })).generated).toMatchObject({ deterministic: false })
  })

  test('under residency eu asks only routes in the EU and records the residency', async () => {
    const { generated, asked } = await generate([pier], { plan: planned({ residency: 'eu' }) })
    expect(asked).toMatchObject({ routes: [near], residency: 'eu' })
    expect(generated).toMatchObject({ ok: true, metadata: { data_residency: 'eu', region: 'eu' } })
  })

  test.each<[string, Parameters<typeof generate>[1]]>([
    ['no_route_available', { plan: planned({ models: ['other'] }) }],
    ['residency_unavailable', { plan: planned({ residency: 'eu' }), routes: [far] }],
    ['too_long', { routes: [{ ...far, contextTokens: 100 }] }],
  ])('makes no request when there is no route for it: %s', async (code, more) => {
    const { generated, asked } = await generate([pier], more)
    expect(asked).toBeUndefined()
    expect(generated).toEqual({ ok: false, failure: null, code })
  })

  test.each([false, true])('says once that its requests are over, whether they failed or not: %s', async (failed) => {
    const timing = { requests: 1, latencyMs: 1, firstTokenMs: null, totalMs: 1 }
    const nothing = { retryAfterMs: null, provider: null, httpStatus: null, providerRequestId: null }
    const ends: Failure = { class: 'timeout', retryable: true, ...nothing, responseExcerpt: null, timing }
    let answered = 0
    const onAnswered = () => {
      answered++
    }
    await generate([pier], { onAnswered, ends: failed ? ends : null })
    expect(answered).toBe(1)
  })

  test('stops with the reason lost when the run belongs to another worker', async () => {
    const timing = { requests: 0, latencyMs: null, firstTokenMs: null, totalMs: 0 }
    const nothing = { retryAfterMs: null, provider: null, httpStatus: null, providerRequestId: null }
    const ends: Failure = { class: 'aborted', retryable: true, ...nothing, responseExcerpt: null, timing }
    const { generated } = await generate([], { ends, gone: true })
    if (generated.ok || !generated.failure) throw new Error('no failure')
    expect([generated.failure.class, generated.stop.aborted, generated.stop.reason]).toEqual(['aborted', true, 'lost'])
  })
})

describe('generate with scrubbing', () => {
  const plan = planned({ scrub: true })

  test('sends placeholders in place of addresses and numbers', async () => {
    const { asked, text } = await generate([pier], { plan })
    expect(text).toContain('go to [EMAIL_1]\nor to [PHONE_1]. The pier was opened in 1811')
    expect(JSON.stringify(asked?.request)).not.toMatch(/harbour\.example|873636/)
    expect(asked?.request.messages[0]?.content).toContain('Copy them unchanged')
  })

  test('restores the values in the cards and proves them by the original text', async () => {
    const { generated } = await generate([berths('[EMAIL_1]')], { plan })
    if (!generated.ok) throw new Error('no cards')
    const source_quote = 'Questions about berths go to ingrid.flett@harbour.example'
    const quote_start = sourceText.indexOf(source_quote)
    const quote = { source_quote, quote_start, quote_end: quote_start + source_quote.length }
    expect(generated.made.value).toMatchObject([{ back: 'ingrid.flett@harbour.example', ...quote }])
  })

  test('records the number of values by kind, and no value', async () => {
    const { generated } = await generate([pier], { plan })
    expect(generated).toMatchObject({ ok: true, metadata: { scrubbed: { email: 1, phone: 1 } } })
    expect(JSON.stringify(generated)).not.toMatch(/harbour\.example|873636/)
  })

  test('drops a card whose placeholder the model invented', async () => {
    const { generated } = await generate([{ ...pier, back: '1811, says [EMAIL_7]' }, pier], { plan })
    expect(generated).toMatchObject({
      ok: true,
      made: { value: [{ back: '1811' }] },
      dropped: { invented_placeholder: 1 },
    })
  })

  test('does not mention placeholders in the request when there is nothing to scrub', async () => {
    const source = 'The pier was opened in 1811 and is 230 metres long. It is the longest of the islands.'
    const { generated, asked, text } = await generate([pier], { plan, source })
    expect(text).toContain(source)
    expect(asked?.request.messages[0]?.content).not.toContain('Copy them unchanged')
    expect(generated).toMatchObject({ ok: true, made: { value: [{ back: '1811' }] }, metadata: { scrubbed: {} } })
  })
})
