import type { Script } from '@recto/local/model-server/script'

type Step = Extract<Script, unknown[]>[number]

/** A way in which a provider fails every request. */
export type Outage = { name: string; atOnce: 200 | 40; steps: Step[] }

const error = { error: { code: 502, message: 'provider returned error' } }
const upstream429 = {
  error: { code: 429, message: 'rate limited', metadata: { provider_name: 'Somebody', retry_after_seconds: 9 } },
}

// The delays suit a worker that waits 4 s for a first token, 1.6 s between tokens, and 5 s in all.
const down: Step = { status: 500 }
const hangs: Step = { hang: 'headers' }
const hangsInStream: Step = { hang: 'stream', keep_alive_ms: 200 }
const pauses: Step = { chunk_gap_ms: 2_200 }
const resets: Step = { reset: true }
const limited: Step = { status: 429 }
const hinted: Step = { status: 429, headers: { 'retry-after': '2' } }
const failsIn200: Step = { body: error }

const outageOf = (name: string, step: Step, atOnce: Outage['atOnce'] = 200): Outage => ({ name, atOnce, steps: [step] })

export const outages: Outage[] = [
  outageOf('answers 500', down),
  outageOf('hangs before its headers', hangs, 40),
  outageOf('hangs after its headers, with keep-alive comments', hangsInStream, 40),
  outageOf('resets every connection', resets, 40),
  outageOf('pauses too long between two tokens', pauses, 40),
  outageOf('answers 429 with a hint', hinted, 40),
  outageOf('answers 200 with an error as its body', failsIn200, 40),
  {
    name: 'fails in several ways',
    atOnce: 200,
    steps: [down, hangs, hangsInStream, resets, pauses, hinted, limited, failsIn200].map((step) => ({
      ...step,
      share: 0.125,
    })),
  },
  outageOf('answers 429 without a hint', limited, 40),
  outageOf('answers 429 for an upstream provider', { status: 429, body: upstream429 }, 40),
  outageOf('answers 429 until tomorrow', { status: 429, headers: { 'retry-after': '40000' } }, 40),
  outageOf('answers 200 with an error at the end of the stream', { ...error, finish_reason: 'error' }, 40),
  outageOf('hangs in the middle of a stream', { hang: 'stream', hang_after_chunks: 3 }, 40),
  outageOf('cuts its streams', { cut_after_chunks: 3, cut: 'end' }, 40),
  outageOf('takes too long for the whole stream', { chunk_gap_ms: 500, chunks: 40 }, 40),
]
