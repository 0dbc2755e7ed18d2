import type { Script } from '@recto/local/model-server/script'

type Step = Extract<Script, unknown[]>[number]

/** A key that the provider rejects, beside one that it accepts. */
export const wrongKey = 'key-that-was-revoked'

/** Failures are as slow as successes: quick failures would all come first and open the breakers. */
const delays: Step = { first_token_ms: 250, chunk_gap_ms: 20 }

const error = { code: 502, message: 'Provider returned error' }

/** The 13 ways in which the provider errs. They suit a worker that waits 1.5 s for a token. */
const faults: Record<string, Step> = {
  'a rate limit that says how long to wait': { status: 429, headers: { 'retry-after': '1' } },
  'a rate limit that does not say how long to wait': { status: 429 },
  'an internal error': { status: 500 },
  'a connection cut before the headers': { latency_ms: 250, reset: true },
  'a stream cut in the middle': { cut_after_chunks: 3 },
  'a stall before the first token': { hang: 'stream' },
  'a stall in the middle of a stream': { hang: 'stream', hang_after_chunks: 3 },
  'JSON that cannot be read': { content: 'Here are your cards: {"cards": [{"front": ' },
  'an error inside a 200': { body: { error } },
  'an error frame in a stream': { error, finish_reason: 'error' },
  'an answer that is cut at its length': { truncate_at: 250 },
  // Whoever follows it makes a second request, which has no call.
  'a redirect': { status: 307, headers: { location: '/v1/chat/completions' }, body: '' },
  'a rejected key': { match: { key: wrongKey }, status: 401, share: 1 },
}

const healthy: Step[] = [{ label: 'slow, but healthy', share: 0.1, first_token_ms: 900, chunk_gap_ms: 150 }, delays]

export const faultNames = Object.keys(faults)

/** A provider of whose requests two in five fail. */
export const faultyScript: Step[] = [
  ...Object.entries(faults).map(([label, fault]) => ({ label, share: 0.035, ...delays, ...fault })),
  ...healthy,
]

export const healthyScript = healthy
