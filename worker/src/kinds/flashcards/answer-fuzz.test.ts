import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemClock } from '../../clock.ts'
import { makeAttempt } from '../../llm/attempt.ts'
import { failureClasses } from '../../llm/errors/failure.ts'
import type { CallRecorder, CallResult } from '../../llm/request.ts'
import { createClient } from '../../llm/wire/client.ts'
import { type AnswerBytes, answerBytes } from '../../testing/answer-bytes.ts'
import { source } from '../../testing/answer-shapes.ts'
import { exampleRoute } from '../../testing/example-route.ts'
import { leastOf, longestTurn } from '../../testing/longest-turn.ts'
import { exampleKey } from '../../testing/scripted-attempt.ts'
import { draftMark } from '../../testing/wrapped-answers.ts'
import type { GateResult } from './card.ts'
import { gate } from './gate.ts'
import { limits } from './limits.ts'
import { parse } from './parse.ts'
import { request } from './prompt.ts'

const shapes = 10_000
/** Milliseconds of CPU time: for one turn of the event loop, and for all shapes, which take about 9 s on an idle machine. */
const mostOfTurn = 20
const mostOfAll = 25_000

/** A failure prints its seed, with which `FUZZ_SEED` generates the same shapes again. */
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)

const options = { max_cards: 3, language: 'en' }
const whole = request({ sourceText: source, options, delimiter: 'text-0123456789ab' })
/** With the end of the instructions only, because their length takes most of the time of a short answer. */
const asked = { ...whole, messages: whole.messages.map((each) => ({ ...each, content: each.content.slice(-1000) })) }
const points = [...source]
const controlCharacter = /(?!\n)\p{Cc}/u
const decimal = /^\d+(\.\d+)?$/
const known = new Set<string>(Object.keys(failureClasses))

const responseOf = ({ chunks, breaks, contentType }: AnswerBytes): Response => {
  let sent = 0
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const chunk = chunks[sent++]
      if (chunk) controller.enqueue(chunk)
      else if (breaks) controller.error(new TypeError('terminated'))
      else controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': contentType } })
}

/** What becomes of an answer: the recorded call, and the cards that passed when it could be used. */
type Outcome = { result: CallResult; elements: number; gated: GateResult | null }

/** The next answer of the provider. */
let next: AnswerBytes = { chunks: [], breaks: false, contentType: '' }
const client = createClient({ baseURL: 'http://127.0.0.1:1/v1' }).withOptions({ fetch: async () => responseOf(next) })
const lease = { client, key: exampleKey(), route: exampleRoute(), hedge: false, mayLeave: () => true }
const never = new AbortController().signal

/** The whole way of an answer, from its bytes to the cards that would be stored. */
const outcomeOf = async (answer: AnswerBytes): Promise<Outcome> => {
  const results: CallResult[] = []
  const recorder: CallRecorder = {
    start: async () => 'call-1',
    identify: () => undefined,
    progress: () => undefined,
    finish: async (_, result) => void results.push(result),
  }
  next = answer
  const question = { request: asked, recorder, parse }
  const { outcome } = await makeAttempt(lease, question, systemClock, never)
  const [result] = results
  if (!result || results.length > 1) throw new Error(`${results.length} results were recorded`)
  if (!outcome.ok) return { result, elements: 0, gated: null }
  const gated = await gate({ content: outcome.value, sourceText: source, options, request: asked })
  return { result, elements: outcome.value.length, gated }
}

/** Texts that a row may hold. One `expect` for all of them, because a matcher takes longer than a short answer does. */
const isStorable = (text: string, most: number, forbidden: RegExp): boolean =>
  text.isWellFormed() && !forbidden.test(text) && [...text].length <= most

const checkResult = ({ outcome, usage, error, modelServed, providerRequestId }: CallResult, isOk: boolean) => {
  const texts = [error?.message, error?.excerpt, modelServed, providerRequestId].filter((text) => text != null)
  const isMoney = decimal.test(usage.costUsd) && Number(usage.costUsd) < 20_000
  expect({
    isKnown: isOk ? outcome === 'ok' : known.has(outcome),
    isMoney,
    unstorable: texts.filter((text) => !isStorable(text, 500, /\p{Cc}/u)),
  }).toEqual({ isKnown: true, isMoney: true, unstorable: [] })
}

const checkCards = ({ cards, dropped, surplus }: GateResult, elements: number) => {
  const droppedInAll = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  expect([cards.length + surplus + droppedInAll, cards.length <= options.max_cards]).toEqual([elements, true])
  cards.forEach(({ position, front, back, source_quote, quote_start, quote_end }, at) => {
    expect({
      position,
      front: isStorable(front, limits.front, controlCharacter) && !front.includes(draftMark),
      back: isStorable(back, limits.back, controlCharacter),
      source_quote,
      hasQuote: source_quote !== '',
    }).toEqual({
      position: at + 1,
      front: true,
      back: true,
      source_quote: points.slice(quote_start, quote_end).join(''),
      hasQuote: true,
    })
  })
}

test(`${shapes} answers of any shape end as a class of the table or as cards that pass, each turn within ${mostOfTurn} ms`, async () => {
  const ends = new Map<string, number>()
  const timed = async (answer: AnswerBytes): Promise<number> => {
    const outcomes: Outcome[] = []
    const time = await longestTurn(async () => outcomes.push(await outcomeOf(answer)))
    for (const { result, elements, gated } of outcomes) {
      checkResult(result, gated !== null)
      if (gated) checkCards(gated, elements)
      const end = gated && gated.cards.length > 0 ? 'cards' : result.outcome
      ends.set(end, (ends.get(end) ?? 0) + 1)
    }
    return time
  }
  const began = process.threadCpuUsage()
  await fc.assert(
    fc.asyncProperty(answerBytes, async (answer) => {
      expect(await leastOf(mostOfTurn, () => timed(answer))).toBeLessThan(mostOfTurn)
    }),
    { numRuns: shapes, seed },
  )
  const { user, system } = process.threadCpuUsage(began)
  expect((user + system) / 1000).toBeLessThan(mostOfAll)
  // The shapes are worth their time only while many of them reach the gate and every kind of end occurs.
  expect(ends.get('cards')).toBeGreaterThan(shapes / 10)
  expect([...ends.keys()]).toEqual(
    expect.arrayContaining([
      'malformed_response',
      'output_invalid',
      'truncated',
      'refused',
      'upstream_error',
      'network',
    ]),
  )
}, 300_000)
