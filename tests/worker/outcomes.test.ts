import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  calls,
  costOf,
  generation,
  jobs,
  makeRetryDue,
  suggestions,
  whenJob,
  whenOver,
} from '../support/generations.ts'
import { createSubmitter, type NewRow, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { proved, unproved } from './proved-cards.ts'
import { oddTexts } from './texts.ts'

let system: System
let submitter: Submitter
const gated = [proved, ...unproved, { ...proved, front: 'How  high is the TOWER?' }]

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  await system.startWorker()
  system.model.setScript([
    { match: { text: 'says-malformed-once' }, times: 1, content: 'Sure!' },
    { match: { text: 'says-wait-a-second' }, times: 1, status: 429, headers: { 'retry-after': '1' }, body: {} },
    { match: { text: 'says-wait-long' }, times: 1, status: 429, headers: { 'retry-after': '30' }, body: {} },
    { match: { text: 'says-cut' }, truncate_at: 900 },
    { match: { text: 'says-gated' }, content: JSON.stringify({ cards: gated }) },
    { match: { text: 'says-fenced' }, fence: true },
    { match: { text: 'says-in-one-piece' }, non_stream_body_to_stream_request: true },
    { match: { text: 'says-no-usage' }, no_usage: true },
    { match: { text: 'says-tiny-cost' }, times: 1, content: 'Sure!', cost: '0.000000000123' },
    { match: { text: 'says-tiny-cost' }, cost: '0.000000000004' },
    { match: { text: 'says-hostile-cost' }, cost: '9999' },
    { match: { text: 'says-great-cost' }, times: 1, content: 'Sure!', cost: '0.0985' },
    { match: { text: 'says-great-cost' }, cost: '0.09825' },
  ])
})
afterAll(() => system?.stop())

/** Submits to a model with one route. Several routes are tested in outage.test.ts. */
const submitText = async (source_text: string, row: NewRow = {}) =>
  submitter.submit(await system.person(), { model: 'openai/gpt-oss-120b', ...row, source_text })

/** Runs a text with a marker, by which the model server chooses the step of its script. */
const run = async (marker: string, row?: NewRow) => {
  const id = await submitText(newText({ marker }), row)
  const over = await whenOver(system, id, 20_000, () => makeRetryDue(system, id))
  return { id, over, calls: await calls(system, id), cards: await suggestions(system, id) }
}

describe.concurrent('a generation that succeeds', () => {
  test.for(Object.entries(oddTexts))('stores quotes with exact positions in code points: %s', async ([, text]) => {
    const id = await submitText(text)
    expect(await whenOver(system, id)).toMatchObject({
      status: 'succeeded',
      error: null,
      attempts: 1,
      source_text: text,
    })

    const cards = await suggestions(system, id)
    expect(cards.length).toBeGreaterThan(0)
    expect(await generation(system, id)).toMatchObject({ suggestions_count: cards.length })
    expect(cards.map(({ position }) => position)).toEqual(cards.map((_, n) => n + 1))
    const points = Array.from(text)
    for (const card of cards) {
      expect(points.slice(card.quote_start, card.quote_end).join('')).toBe(card.source_quote)
    }
    const { rows } = await system.admin.query<{ sliced: boolean }>(
      `select bool_and(source_quote = substr(source_text, quote_start + 1, quote_end - quote_start)) as sliced
      from public.ai_suggestions s join public.ai_generations g on g.id = s.generation_id where g.id = $1`,
      [id],
    )
    expect(rows).toEqual([{ sliced: true }])
    const sent = createHash('sha256').update(text).digest('hex')
    expect(system.model.requests.filter(({ textHash }) => textHash === sent)).toHaveLength(1)
  })

  test('records its tokens, its cost, its call and its metadata', async () => {
    const { id, over, calls: made, cards } = await run('says-honest-cards')
    const [asked, ...others] = system.model.requests.filter(
      ({ generationMarker }) => generationMarker === 'says-honest-cards',
    )
    expect(others).toEqual([])
    expect(over).toMatchObject({
      status: 'succeeded',
      attempts: 1,
      tokens_input: made[0]?.tokens_input,
      tokens_output: made[0]?.tokens_output,
      ai_metadata: {
        provider: 'openrouter',
        model: 'openai/gpt-oss-120b',
        model_served: 'recto-local/extractive-1',
        provider_request_id: asked?.id,
        truncated: false,
        dropped: {},
        surplus: 3,
        timing: {
          requests: 1,
          latency_ms: expect.any(Number),
          first_token_ms: expect.any(Number),
          total_ms: expect.any(Number),
        },
      },
    })
    expect(made).toMatchObject([{ outcome: 'ok', attempt: 1, http_status: 200, cost_source: 'provider', error: null }])
    expect(Number(over.cost_usd)).toBeGreaterThan(0)
    expect(Number(over.cost_usd)).toBe(Number(asked?.chargedUsd))
    expect(over.cost_usd).toBe(await costOf(system, id))
    expect(cards).toHaveLength(10)
    expect(over.started_at?.getTime()).toBeGreaterThanOrEqual(over.created_at.getTime())
    expect(await jobs(system, id)).toEqual([])
  })

  test.for([1, 3, 30])('has at most max_cards cards: %i', async (max_cards) => {
    const { over, cards } = await run(`says-at-most-${max_cards}`, { options: { max_cards } })
    expect(over.status).toBe('succeeded')
    expect(cards.length).toBeGreaterThan(0)
    expect(cards.length).toBeLessThanOrEqual(max_cards)
  })

  test('keeps the cards that the text proves and counts the others', async () => {
    const { over, cards } = await run('says-gated')
    expect(cards).toMatchObject([{ ...proved, position: 1 }])
    expect(over.ai_metadata).toMatchObject({
      dropped: { ungrounded: 1, duplicate: 1, too_long: 1, invalid_shape: 1 },
      surplus: 0,
    })
  })

  test('keeps the complete cards of a truncated answer', async () => {
    const { over, cards } = await run('says-cut')
    expect(over).toMatchObject({ status: 'succeeded', ai_metadata: { truncated: true } })
    expect(cards.length).toBeGreaterThan(0)
    expect(cards.length).toBeLessThan(10)
  })

  test.for(['says-fenced', 'says-in-one-piece'])('reads an answer in another format: %s', async (marker) => {
    const { over, cards } = await run(marker)
    expect([over.status, cards.length]).toEqual(['succeeded', 10])
  })

  test('has an estimated cost when the provider reports none', async () => {
    const { id, over, calls: made } = await run('says-no-usage')
    expect(over.status).toBe('succeeded')
    expect(made.map(({ cost_source }) => cost_source)).toEqual(['estimate'])
    expect(Number(over.cost_usd)).toBeGreaterThan(0)
    expect(over.cost_usd).toBe(await costOf(system, id))
  })

  test.for([
    ['tiny', '0.000000000127'],
    ['great', '0.19675'],
  ])('has the exact sum of %s costs', async ([size, sum]) => {
    const { over } = await run(`says-${size}-cost`)
    expect(over).toMatchObject({ status: 'succeeded', cost_usd: sum })
  })

  test('costs no more than ten times what was reserved when its provider claims a fortune', async () => {
    const { over, calls: made } = await run('says-hostile-cost')
    const most = Math.max(10 * Number(made[0]?.reserved_usd), 0.1)
    expect(made).toMatchObject([{ outcome: 'ok', cost_source: 'capped' }])
    expect(Number(made[0]?.cost_usd)).toBeCloseTo(most, 10)
    expect(over).toMatchObject({ status: 'succeeded', cost_usd: made[0]?.cost_usd })
  })

  test('repeats the request at once after one malformed answer, and costs both', async () => {
    const { id, over, calls: made } = await run('says-malformed-once')
    expect(over).toMatchObject({ status: 'succeeded', attempts: 1, ai_metadata: { timing: { requests: 2 } } })
    expect(made.map(({ outcome }) => outcome)).toEqual(['malformed_response', 'ok'])
    expect(over.cost_usd).toBe(await costOf(system, id))
    expect(over.tokens_input).toBe(2 * Number(made[0]?.tokens_input))
  })

  test('keeps its slot during a short wait that the provider asks for', async () => {
    const { over } = await run('says-wait-a-second')
    const [first, second] = system.model.requests.filter(
      ({ generationMarker }) => generationMarker === 'says-wait-a-second',
    )
    expect(over).toMatchObject({ status: 'succeeded', attempts: 1 })
    const waited = Number(second?.startedAt) - Number(first?.finishedAt)
    expect(waited).toBeGreaterThanOrEqual(1000)
    expect(waited).toBeLessThan(15_000)
  })

  test('goes back to the queue for a long wait that the provider asks for', async () => {
    const id = await submitText(newText({ marker: 'says-wait-long' }))
    await whenJob(system, id, 'retry')
    expect(await generation(system, id)).toMatchObject({
      status: 'pending',
      attempts: 1,
      error: null,
      finished_at: null,
    })
    const [job] = await jobs(system, id)
    const delay = (Number(job?.start_after) - Date.now()) / 1000
    expect(delay).toBeGreaterThan(15)
    expect(delay).toBeLessThan(37)
    expect(await whenOver(system, id, 30_000, () => makeRetryDue(system, id))).toMatchObject({
      status: 'succeeded',
      attempts: 2,
    })
  })
})
