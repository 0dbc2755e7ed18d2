import { Hono } from 'hono'
import type { HttpEnv } from '../../api/src/http/env.ts'
import { traceRequest } from '../../api/src/http/trace-request.ts'
import { traceRun } from '../../worker/src/generation/trace-run.ts'
import { startCallSpan } from '../../worker/src/llm/call-span.ts'
import { exampleRoute } from '../../worker/src/testing/example-route.ts'
import { exampleRun } from '../../worker/src/testing/example-run.ts'
import { cpuOf } from './cpu.ts'
import { interleaved, type Measure } from './interleaved.ts'
import { context, type Row } from './row.ts'

const calls = 30_000
const rounds = 5

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

const requestThrough = (app: Hono<HttpEnv>) => async () => {
  await app.fetch(new Request('http://localhost/api/ai/generations/1', { headers: { traceparent } }))
}
const answering = (app: Hono<HttpEnv>) => app.get('/api/ai/generations/:id', (c) => c.text('an answer'))

const run = exampleRun({ traceparent })
const route = exampleRoute()
const request = { messages: [], maxCompletionTokens: 1_000, temperature: 0 }
const result = {
  ...{ outcome: 'ok' as const, httpStatus: 200, providerRequestId: 'one', modelServed: 'acme/m', error: null },
  ...{ latencyMs: 900, firstTokenMs: 300 },
  usage: {
    ...{ tokensInput: 1_000, tokensOutput: 300, tokensReasoning: null, tokensCached: null },
    ...{ costUsd: '0.001', costSource: 'provider' as const },
  },
}
const work = async () => ({ outcome: 'succeeded' as const })

const microseconds = (milliseconds: number): string => `${(milliseconds * 1000).toFixed(1)} µs`

/** Measures what spans cost in a process without an SDK: around a request of Hono alone, and around a run of one call. */
export const idleSpans = async (): Promise<Row[]> => {
  const contenders = new Map<string, Measure>([
    ['bare request', cpuOf(requestThrough(answering(new Hono<HttpEnv>())), calls)],
    ['request', cpuOf(requestThrough(answering(new Hono<HttpEnv>().use(traceRequest))), calls)],
    ['bare run', cpuOf(async () => void (await work()), calls)],
    [
      'run',
      cpuOf(async () => {
        await traceRun(run, async () => {
          startCallSpan(route, request, false).end(result)
          return work()
        })
      }, calls),
    ],
  ])
  const found = await interleaved(contenders, rounds)
  return ['request', 'run'].map((name) => {
    const [spans, bare] = [found.get(name) ?? 0, found.get(`bare ${name}`) ?? 0]
    return context({
      what: `spans of a ${name} without an SDK, CPU`,
      recto: microseconds(spans),
      against: `no spans ${microseconds(bare)}`,
    })
  })
}
