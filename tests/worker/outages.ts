import type { Script } from '@recto/local/model-server/script'

type Step = Extract<Script, unknown[]>[number]

/** A way in which a provider is dead for every request. */
export type Outage = { name: string; atOnce: 200 | 40; steps: Step[] }

const error = { error: { code: 502, message: 'provider returned error' } }
const upstream429 = {
  error: { code: 429, message: 'rate limited', metadata: { provider_name: 'Somebody', retry_after_seconds: 9 } },
}

// For a worker that waits 2 s for a first token, 0.8 s between tokens, and 3 s in all.
const down: Step = { status: 500 }
const hangs: Step = { hang: 'headers' }
const hangsInStream: Step = { hang: 'stream', keep_alive_ms: 200 }
const drips: Step = { chunk_gap_ms: 1_100 }
const resets: Step = { reset: true }
const limited: Step = { status: 429 }
const hinted: Step = { status: 429, headers: { 'retry-after': '2' } }
const failsIn200: Step = { body: error }

const each = (name: string, step: Step, atOnce: Outage['atOnce'] = 200): Outage => ({ name, atOnce, steps: [step] })

export const outages: Outage[] = [
  each('answers 500', down),
  each('hangs before its headers', hangs, 40),
  each('hangs after its headers, saying that it is alive', hangsInStream, 40),
  each('resets every connection', resets, 40),
  each('drips, too slowly between two tokens', drips, 40),
  each('answers 429 with a hint', hinted, 40),
  each('answers 200 with an error for its body', failsIn200, 40),
  {
    name: 'does all of that in turn',
    atOnce: 200,
    steps: [down, hangs, hangsInStream, resets, drips, hinted, limited, failsIn200].map((step) => ({
      ...step,
      share: 0.125,
    })),
  },
  each('answers 429 without a hint', limited, 40),
  each('answers 429 for its upstream', { status: 429, body: upstream429 }, 40),
  each('answers 429 until tomorrow', { status: 429, headers: { 'retry-after': '40000' } }, 40),
  each('answers 200 with an error at the end of the stream', { ...error, finish_reason: 'error' }, 40),
  each('hangs in the middle of a stream', { hang: 'stream', hang_after_chunks: 3 }, 40),
  each('cuts its streams', { cut_after_chunks: 3, cut: 'end' }, 40),
  each('drips, too slowly in all', { chunk_gap_ms: 500, chunks: 40 }, 40),
]
