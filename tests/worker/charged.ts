import type { Script } from '@recto/local/model-server/script'
import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import type { Catalog } from '@recto/shared/catalog'
import { catalogOf } from '../support/catalog.ts'

type Step = Extract<Script, unknown[]>[number]

/**
 * Headers come at once whatever follows: a request that is aborted without them could be charged, and nobody could ever say. What
 * fails takes as long as what succeeds, or the first of many at once would all be failures, and open the breaker.
 */
const soon = { first_token_ms: 120, chunk_gap_ms: 4 }

/** Gives each step, with names that stand in the records, a part of the requests of one kind of generations. */
const shared = (kind: string, share: number, steps: Record<string, Omit<Step, 'match' | 'share'>>): Step[] =>
  Object.entries(steps).map(([label, step]) => ({
    label,
    share,
    match: { text: `charged-${kind}-` },
    ...soon,
    ...step,
  }))

const error = (code: number, message: string) => ({ error: { code, message } })

/** All that can happen to a request which is told later what it cost. */
const mishaps = shared('one', 0.025, {
  'an error': { status: 500 },
  overloaded: { status: 503, body: error(503, 'overloaded') },
  'too many': { status: 429, headers: { 'retry-after': '1' } },
  'an error in a 200': { body: error(502, 'Provider returned error') },
  'an error at the end': { error: { code: 502, message: 'broke' }, finish_reason: 'error' },
  'an error that is billed': { error: { code: 502, message: 'broke' } },
  'a page': { headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway</html>' },
  'cut off': { cut_after_chunks: 3 },
  'cut off after the first token': { cut_after_chunks: 1, cut: 'reset' },
  'cut off as if whole': { cut_after_chunks: 5, cut: 'end' },
  truncated: { truncate_at: 300 },
  'truncated at once': { truncate_at: 0 },
  refused: { refusal: 'I will not make cards of this.' },
  garbage: { content: '{"cards": "none"}' },
  'thoughts alone': { reasoning_only: true },
  'a bad frame': { malformed_frame: true },
  'no usage': { no_usage: true },
  'one body': { non_stream_body_to_stream_request: true },
  'a price of its own': { cost: '0.000123456789' },
  'a fee and a bill': {
    cost: '0.0000371',
    usage: { cost: 0.0000001, is_byok: true, cost_details: { upstream_inference_cost: 0.000037 } },
  },
})

/** In `both` it never answers: a hedge that lost against it would be aborted at a provider that tells nothing afterwards. */
const withoutAnswer = shared('both', 0.2, {
  silent: { hang: 'stream' },
  'silent in the middle': { hang: 'stream', hang_after_chunks: 2 },
  'refused before another': { refusal: 'I will not make cards of this.' },
  'too many before another': { status: 429 },
  'not accepted': { status: 400, body: error(400, 'temperature: must not be purple') },
})

/** What a provider without lookups does, each with a charge that its answer tells. */
const certain = shared('two', 0.04, {
  'an error': { status: 500 },
  'too many': { status: 429 },
  'an error in a 200': { body: error(502, 'Provider returned error') },
  'an error that is billed': { error: { code: 502, message: 'broke' } },
  truncated: { truncate_at: 250 },
  refused: { refusal: 'No.' },
  garbage: { content: 'Here are your cards!' },
  'thoughts alone': { reasoning_only: true },
  'a bad frame': { malformed_frame: true },
  'many tokens': { usage: { prompt_tokens: 12_347, completion_tokens: 7_919 } },
})

/** How many requests hang, once each, until their worker is killed. */
export const hanging = 60

/** Two providers at prices of their own: the first tells what each request cost, also later; the second tells tokens alone. */
export const startProviders = async (): Promise<{ first: ModelServer; second: ModelServer; catalog: Catalog }> => {
  const first = await startModelServer({
    name: 'first',
    price: { input_per_million: '0.123457', output_per_million: '0.654321' },
    lookup_delay_ms: 500,
    script: [
      { label: 'killed', match: { text: 'charged-kill' }, times: hanging, hang: 'stream', hang_after_chunks: 4 },
      { label: 'killed slow', match: { text: 'charged-slow' }, chunk_gap_ms: 400 },
      { label: 'ended', match: { text: 'charged-end' }, hang: 'stream', hang_after_chunks: 3 },
      { label: 'ended early', match: { text: 'charged-early-end' }, hang: 'stream' },
      ...mishaps,
      ...withoutAnswer,
      { label: 'silent', match: { model: 'both' }, hang: 'stream' },
      soon,
    ],
  })
  const second = await startModelServer({
    name: 'second',
    report_cost: false,
    // The catalog's prices in EUR at its rate.
    price: { input_per_million: '0.15755', output_per_million: '0.70495' },
    script: [
      { label: 'an error beside a silent one', match: { model: 'both' }, times: 4, status: 500 },
      ...certain,
      soon,
    ],
  })
  const catalog = catalogOf({
    providers: {
      first: { base_url: first.url, cost_lookup: true, timeouts: { first_token_ms: 6_000, gap_ms: 6_000 } },
      second: { base_url: second.url, timeouts: { first_token_ms: 60_000, gap_ms: 60_000 } },
    },
    models: { one: ['first'], two: ['second'], both: ['first', 'second'] },
    prices: {
      // Dearer than it is, as price lists are.
      first: { input_per_million: '0.2', output_per_million: '0.9', currency: 'USD', as_of: '2026-11-01' },
      second: { input_per_million: '0.137', output_per_million: '0.613', currency: 'EUR', as_of: '2026-11-01' },
    },
    rates: { EUR: { usd: '1.15', as_of: '2026-11-20' } },
  })
  return { first, second, catalog }
}
