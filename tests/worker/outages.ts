import type { Script } from '@recto/local/model-server/script'

type Step = Extract<Script, unknown[]>[number]

/** A way in which a provider is dead for every request, and whether its route is to be left alone then: a 429 of our own says nothing of it. */
export type Outage = { name: string; step: Step; opens: boolean }

const error = (code: number, more: object = {}) => ({ error: { code, message: 'provider returned error', ...more } })

/** For a worker that waits 1 s for a first token, 0.5 s between tokens, and 2 s in all. */
export const outages: Outage[] = [
  { name: 'answers 500', step: { status: 500 }, opens: true },
  { name: 'resets every connection', step: { reset: true }, opens: true },
  { name: 'hangs before its headers', step: { hang: 'headers' }, opens: true },
  {
    name: 'hangs after its headers, saying that it is alive',
    step: { hang: 'stream', keep_alive_ms: 200 },
    opens: true,
  },
  { name: 'hangs in the middle of a stream', step: { hang: 'stream', hang_after_chunks: 3 }, opens: true },
  { name: 'cuts its streams', step: { cut_after_chunks: 3, cut: 'end' }, opens: true },
  { name: 'drips, too slowly between two tokens', step: { chunk_gap_ms: 700 }, opens: true },
  { name: 'drips, too slowly in all', step: { chunk_gap_ms: 400, chunks: 40 }, opens: true },
  { name: 'answers 429 without a hint', step: { status: 429 }, opens: false },
  { name: 'answers 429 with a hint', step: { status: 429, headers: { 'retry-after': '2' } }, opens: false },
  {
    name: 'answers 429 for its upstream',
    step: { status: 429, body: error(429, { metadata: { provider_name: 'Somebody', retry_after_seconds: 9 } }) },
    opens: true,
  },
  {
    name: 'answers 429 until tomorrow',
    step: { status: 429, headers: { 'retry-after': '40000' } },
    opens: true,
  },
  { name: 'answers 200 with an error for its body', step: { body: error(502) }, opens: true },
  {
    name: 'answers 200 with an error at the end of the stream',
    step: { error: error(502).error, finish_reason: 'error' },
    opens: true,
  },
]
