import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Script } from '@recto/local/model-server/script'
import type { TestPerson } from '../support/person.ts'
import type { Service, System } from '../support/system.ts'
import { newText } from '../support/text.ts'

/** A provider that takes 0.5 to 5 s, 2.2 on average, and fails two of a hundred requests. */
export const provider: Script = [
  { share: 0.02, status: 503 },
  { share: 0.3, latency_ms: 500 },
  { share: 0.3, latency_ms: 1_500 },
  { share: 0.23, first_token_ms: 1_000, chunk_gap_ms: 250 },
  { share: 0.15, first_token_ms: 2_000, chunk_gap_ms: 375 },
]

/** A request as its client saw it. `at`: milliseconds since the epoch. `status` is null when no API answered. */
export type Seen = { at: number; ms: number; status: number | null }

/** How often a balancer tries the next API when one does not take a request, and its pause. */
const TRIES = 20
const PAUSE_MS = 100

type Sent = { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string }

/** Sends a request and reads its answer to the end; by node:http, which takes half of the CPU time that `fetch` does. */
const ask = (agent: Agent, url: string, { body, ...options }: Sent): Promise<number> =>
  new Promise((resolve, reject) => {
    const sending = request(url, { ...options, agent }, (answer) => {
      answer
        .on('error', reject)
        .on('end', () => resolve(answer.statusCode ?? 0))
        .resume()
    })
    sending.on('error', reject).end(body)
  })

/**
 * Sends requests of people to several APIs in turn, as a reverse proxy does: to the next one when a connection is refused
 * or breaks. `apis` may change meanwhile. `seen` has every request.
 */
export const createTraffic = (apis: readonly Service[]) => {
  const seen: Seen[] = []
  const agent = new Agent({ keepAlive: true })
  let turn = 0
  const send = async ({ token }: TestPerson, path: string, sent: Sent): Promise<void> => {
    const at = Date.now()
    const startedAt = performance.now()
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...sent.headers }
    for (let attempt = 0; attempt < TRIES; attempt++) {
      turn += 1
      const url = `${apis[turn % apis.length]?.url}${path}`
      const status = await ask(agent, url, { ...sent, headers }).catch(() => null)
      if (status !== null) return void seen.push({ at, ms: performance.now() - startedAt, status })
      await delay(PAUSE_MS)
    }
    seen.push({ at, ms: performance.now() - startedAt, status: null })
  }
  return {
    seen,
    read: (person: TestPerson, path: string): Promise<void> => send(person, path, { method: 'GET', headers: {} }),
    /** Submits a text that no other generation has. A second try has the same key, so it is the same generation. */
    submit: (person: TestPerson): Promise<void> => {
      const body = JSON.stringify({ source_text: newText({ length: 1_000 }) })
      const headers = { 'idempotency-key': crypto.randomUUID(), 'content-length': String(Buffer.byteLength(body)) }
      return send(person, '/api/ai/generations', { method: 'POST', headers, body })
    },
  }
}

/** A generation in seconds: `createdAt` since the epoch, and until its end. */
export type Ended = { createdAt: number; seconds: number; status: string }

/** How all generations ended; waits for it. */
export const readEnds = async ({ admin }: System): Promise<Ended[]> => {
  const live = 'select from public.ai_generations where finished_at is null limit 1'
  while ((await admin.query(live)).rowCount) await delay(500)
  const { rows } = await admin.query<Ended>(
    `select extract(epoch from created_at)::float8 as "createdAt", extract(epoch from finished_at - created_at)::float8 as seconds, status
     from public.ai_generations order by created_at`,
  )
  return rows
}

/** Calls `work` so often that its calls come at `rate(share)` a second, `share` of the time being over. */
export const atRate = async (
  seconds: number,
  rate: (share: number) => number,
  work: (n: number) => Promise<void>,
): Promise<void> => {
  const startedAt = performance.now()
  const running: Promise<void>[] = []
  for (let due = 0; due < seconds; ) {
    const over = (performance.now() - startedAt) / 1_000
    for (; due <= over && due < seconds; due += 1 / rate(due / seconds)) running.push(work(running.length))
    await delay(10)
  }
  await Promise.all(running)
}
