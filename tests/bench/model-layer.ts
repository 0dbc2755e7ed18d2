import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { bundledCatalog } from '@recto/shared/catalog'
import { z } from 'zod'
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
import { gateRows } from './gate.ts'
import { interleaved } from './interleaved.ts'
import { ms } from './numbers.ts'
import { below, context, type Part } from './row.ts'

const calls = 300
const rounds = 5

/** Starts the model server in a process of its own, so that its CPU time is not counted. */
const startServer = async () => {
  const main = fileURLToPath(import.meta.resolve('@recto/local/model-server/main'))
  const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] })
  process.once('exit', () => child.kill())
  const [line] = await once(createInterface(child.stdout), 'line')
  return { child, url: z.object({ url: z.string() }).parse(JSON.parse(String(line))).url }
}

const noRecorder: CallRecorder = {
  start: async () => 'call',
  identify: () => undefined,
  progress: () => undefined,
  finish: async () => undefined,
}

/** Compares the CPU time of a call through the model layer with the same request by the SDK, and measures the gate's. */
export const modelLayer: Part = async ({ say }) => {
  const { child, url } = await startServer()
  try {
    const routes = routesOf(bundledCatalog(), usualTimeouts).filter(({ provider }) => provider === 'openrouter')
    const [route] = routes
    if (!route) throw new Error('the catalog has no route at openrouter')
    const client = createClient({ baseURL: url })
    const keys = createKeyRing(['bench'], { now: Date.now })
    const routePool = createRoutePool({
      routes,
      providers: { openrouter: { client, keys } },
      now: Date.now,
      random: Math.random,
    })
    const ask = createAsk({ routePool, clock: systemClock, random: Math.random, hedgeMs: null })
    const sourceText = newText({ length: 5_000 })
    const asked = request({ sourceText, options: {}, delimiter: delimiterFor(sourceText, Math.random) })
    const signal = new AbortController().signal

    const byLayer = async () => {
      const question = { request: asked, recorder: noRecorder, parse, unusableBefore: 0, failedBefore: 0 }
      const answer = await ask([route], question, signal)
      if (!answer.ok) throw new Error(`the model layer failed: ${answer.failure.class}`)
    }
    const bySdk = async () => {
      const stream = await client.chat.completions.create(bodyFor(route, asked), {
        headers: { Authorization: 'Bearer bench' },
      })
      let content = ''
      for await (const chunk of stream) content += chunk.choices[0]?.delta.content ?? ''
      JSON.parse(content)
    }
    const found = await interleaved(
      new Map([
        ['layer', cpuOf(byLayer, calls)],
        ['sdk', cpuOf(bySdk, calls)],
      ] as const),
      rounds,
    )
    const [layer = Number.NaN, sdk = Number.NaN] = [found.get('layer'), found.get('sdk')]
    say(`model layer: ${ms(layer)}, the SDK's own stream ${ms(sdk)}`)
    return [
      context({
        what: 'a model call of 5,000 characters, CPU',
        recto: ms(layer),
        against: `the SDK's own stream ${ms(sdk)}`,
        ratio: layer / sdk,
      }),
      below("CPU of a model call beside the SDK's own", layer - sdk, ms(layer - sdk), 1, ' ms'),
      ...(await gateRows(rounds)),
    ]
  } finally {
    child.kill()
  }
}
