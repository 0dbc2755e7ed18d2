import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { bundledCatalog } from '@recto/shared/catalog'
import { systemClock } from '../../worker/src/clock.ts'
import { delimiterFor } from '../../worker/src/kinds/delimiter.ts'
import { parse } from '../../worker/src/kinds/flashcards/parse.ts'
import { request } from '../../worker/src/kinds/flashcards/prompt.ts'
import { createAsk } from '../../worker/src/llm/ask.ts'
import { createKeyRing } from '../../worker/src/llm/keys/key-ring.ts'
import type { CallRecorder } from '../../worker/src/llm/request.ts'
import { routesOf } from '../../worker/src/llm/route.ts'
import { createRoutePool } from '../../worker/src/llm/route-pool.ts'
import { createClient } from '../../worker/src/llm/wire/client.ts'
import { bodyFor } from '../../worker/src/llm/wire/request-body.ts'
import { usualTimeouts } from '../../worker/src/llm/wire/timeouts.ts'
import { newText } from '../support/text.ts'
import { cpuOf } from './cpu.ts'
import { followRows } from './follow.ts'
import { gateRows } from './gate.ts'
import { interleaved } from './interleaved.ts'
import { ms } from './numbers.ts'
import { startProvider } from './provider.ts'
import { atMost, below, context, type Part, type Row } from './row.ts'

const calls = 300
const rounds = 5

const noRecorder: CallRecorder = {
  start: async () => 'call',
  identify: () => undefined,
  progress: () => undefined,
  finish: async () => undefined,
}

const sourceText = newText({ length: 5_000 })
const asked = request({ sourceText, options: {}, delimiter: delimiterFor(sourceText, Math.random) })

/** The three ways to make the same call to a provider: the model layer, the SDK's own stream, and node:http alone. */
const contendersAt = (baseURL: string) => {
  const routes = routesOf(bundledCatalog(), usualTimeouts).filter(({ provider }) => provider === 'openrouter')
  const [route] = routes
  if (!route) throw new Error('the catalog has no route at openrouter')
  const client = createClient({ baseURL })
  const keys = createKeyRing(['bench'], { now: systemClock.steady })
  const providers = { openrouter: { client, keys } }
  const routePool = createRoutePool({ routes, providers, now: systemClock.steady, random: Math.random })
  const ask = createAsk({ routePool, clock: systemClock, random: Math.random, hedgeMs: null })
  const signal = new AbortController().signal
  const agent = new Agent({ keepAlive: true })
  const headers = { authorization: 'Bearer bench', 'content-type': 'application/json' }

  const layer = async () => {
    const question = { request: asked, recorder: noRecorder, parse, unusableBefore: 0, failedBefore: 0 }
    const answer = await ask([route], question, signal)
    if (!answer.ok) throw new Error(`the model layer failed: ${answer.failure.class}`)
  }
  const sdk = async () => {
    const stream = await client.chat.completions.create(bodyFor(route, asked), { headers })
    let content = ''
    for await (const chunk of stream) content += chunk.choices[0]?.delta.content ?? ''
    JSON.parse(content)
  }
  /** Reads the bytes of the answer and does nothing with them. */
  const http = async () => {
    const sent = httpRequest(`${baseURL}/chat/completions`, { method: 'POST', headers, agent })
    sent.end(JSON.stringify(bodyFor(route, asked)))
    const [response]: IncomingMessage[] = await once(sent, 'response')
    if (!response) throw new Error('there is no response')
    let answer = ''
    response.setEncoding('utf8').on('data', (piece: string) => {
      answer += piece
    })
    await once(response, 'end')
    if (!answer.endsWith('data: [DONE]\n\n')) throw new Error('the answer is not complete')
  }
  return new Map([
    ['layer', cpuOf(layer, calls)],
    ['sdk', cpuOf(sdk, calls)],
    ['http', cpuOf(http, calls)],
  ] as const)
}

/** How many frames an answer has, and how many times the CPU of node:http alone the model layer may take for it. */
const targets: readonly [frames: number, most: number][] = [
  [8, 3.5],
  [300, 7],
]

/** Compares the CPU time of a call through the model layer with the same call by the SDK and by node:http alone. */
export const modelLayer: Part = async ({ say }) => {
  const provider = await startProvider()
  const rows: Row[] = []
  try {
    for (const [frames, most] of targets) {
      const found = await interleaved(contendersAt(provider.url(frames)), rounds)
      const [layer, sdk, http] = (['layer', 'sdk', 'http'] as const).map((name) => found.get(name) ?? Number.NaN)
      if (layer === undefined || sdk === undefined || http === undefined) throw new Error('a contender is missing')
      say(`${frames} frames: model layer ${ms(layer)}, the SDK's own stream ${ms(sdk)}, node:http ${ms(http)}`)
      const what = `a model call of ${frames} frames, CPU`
      rows.push(
        atMost({ what, recto: ms(layer), against: `node:http alone ${ms(http)}`, ratio: layer / http }, most),
        context({ what, recto: ms(layer), against: `the SDK's own stream ${ms(sdk)}`, ratio: layer / sdk }),
        below("CPU of a model call beside the SDK's own", layer - sdk, ms(layer - sdk), 1, ' ms'),
      )
    }
    return [...rows, ...(await followRows(rounds)), ...(await gateRows(rounds))]
  } finally {
    provider.stop()
  }
}
