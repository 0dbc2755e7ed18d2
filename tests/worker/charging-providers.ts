import type { Script } from '@recto/local/model-server/script'
import { type ModelServer, startModelServer } from '@recto/local/model-server/server'
import type { Catalog } from '@recto/shared/catalog'
import { catalogOf } from '../support/catalog.ts'

type Step = Extract<Script, unknown[]>[number]

/**
 * Delays of every step. Headers come at once, because the cost of a request that is aborted before them can never be
 * looked up. Failures are as slow as successes: quick failures would all come first and open the breaker.
 */
const delays = { first_token_ms: 120, chunk_gap_ms: 4 }

/** Gives each step a share of the requests of one kind of generation. The labels appear in the request records. */
const stepsOf = (kind: string, share: number, steps: Record<string, Omit<Step, 'match' | 'share'>>): Step[] =>
  Object.entries(steps).map(([label, step]) => ({
    label,
    share,
    match: { text: `charged-${kind}-` },
    ...delays,
    ...step,
  }))

const error = (code: number, message: string) => ({ error: { code, message } })

/** Faults of requests whose cost the provider can look up afterwards. */
const faultsWithLookup = stepsOf('one', 0.025, {
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

/**
 * The provider of these steps never answers the model `both`. If it did, it could win against a hedge, and the hedge
 * would be aborted at a provider without cost lookup.
 */
const unanswered = stepsOf('both', 0.2, {
  silent: { hang: 'stream' },
  'silent in the middle': { hang: 'stream', hang_after_chunks: 2 },
  'refused before another': { refusal: 'I will not make cards of this.' },
  'too many before another': { status: 429 },
  'not accepted': { status: 400, body: error(400, 'temperature: must not be purple') },
})

/** Faults at a provider without cost lookup. The answer itself determines the charge. */
const faultsWithoutLookup = stepsOf('two', 0.04, {
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

/** The number of requests that hang until their worker is killed. */
export const hanging = 60

type Providers = {
  first: ModelServer
  second: ModelServer
  catalog: Catalog
  /** The same with timeouts of a minute at both providers. */
  patientCatalog: Catalog
}

const patient = { first_token_ms: 60_000, gap_ms: 60_000 }

/** Two providers with different prices. The first reports and looks up costs, the second reports only tokens. */
export const startProviders = async (): Promise<Providers> => {
  const first = await startModelServer({
    name: 'first',
    price: { input_per_million: '0.123457', output_per_million: '0.654321' },
    lookup_delay_ms: 500,
    script: [
      { label: 'killed', match: { text: 'charged-kill' }, times: hanging, hang: 'stream', hang_after_chunks: 4 },
      { label: 'killed slow', match: { text: 'charged-slow' }, chunk_gap_ms: 400 },
      { label: 'ended', match: { text: 'charged-end' }, hang: 'stream', hang_after_chunks: 3 },
      { label: 'ended early', match: { text: 'charged-early-end' }, hang: 'stream' },
      ...faultsWithLookup,
      ...unanswered,
      { label: 'silent', match: { model: 'both' }, hang: 'stream' },
      delays,
    ],
  })
  const second = await startModelServer({
    name: 'second',
    report_cost: false,
    // The catalog's prices in EUR, converted at its rate.
    price: { input_per_million: '0.15755', output_per_million: '0.70495' },
    script: [
      { label: 'an error beside a silent one', match: { model: 'both' }, times: 4, status: 500 },
      ...faultsWithoutLookup,
      delays,
    ],
  })
  const catalogWith = (timeouts: { first_token_ms: number; gap_ms: number }) =>
    catalogOf({
      providers: {
        first: { base_url: first.url, cost_lookup: true, timeouts },
        second: { base_url: second.url, timeouts: patient },
      },
      models: { one: ['first'], two: ['second'], both: ['first', 'second'] },
      prices: {
        // Higher than what the provider charges.
        first: { input_per_million: '0.2', output_per_million: '0.9', currency: 'USD', as_of: '2026-11-01' },
        second: { input_per_million: '0.137', output_per_million: '0.613', currency: 'EUR', as_of: '2026-11-01' },
      },
      rates: { EUR: { usd: '1.15', as_of: '2026-11-20' } },
    })
  const catalog = catalogWith({ first_token_ms: 6_000, gap_ms: 6_000 })
  return { first, second, catalog, patientCatalog: catalogWith(patient) }
}
