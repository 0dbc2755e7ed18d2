import type { Clock } from '../clock.ts'
import { UNKNOWN_SILENCE_MS } from '../deadlines.ts'
import { type AskDeps, createAsk } from '../llm/ask.ts'
import { createKeyRing } from '../llm/keys/key-ring.ts'
import type { Answer, CallRecorder, CallResult, CallStart, ParseContent, TokenBudget } from '../llm/request.ts'
import type { Route } from '../llm/route.ts'
import { createRoutePool } from '../llm/route-pool.ts'
import { createClient } from '../llm/wire/client.ts'
import { exampleRoute } from './example-route.ts'
import {
  delta,
  done,
  type Reply,
  replyStream,
  replyWith,
  type ScriptedProvider,
  scriptedProvider,
} from './scripted-provider.ts'

export const succeed = replyStream([delta('{"n":1}', 'stop'), done])
export const failWith = (status: number, more: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  replyWith(status, { error: { message: 'no', ...more } }, headers)
export const dropConnection: Reply = (response) => response.destroy()
export const neverAnswer: Reply = () => undefined

const parse: ParseContent<unknown> = (content) => {
  try {
    return { ok: true, value: JSON.parse(content) }
  } catch {
    return { ok: false, message: 'not JSON' }
  }
}

/** One provider of the harness: its replies in order, its route and its API keys. */
export type ProviderScript = { script: Reply[]; route?: Partial<Route>; keys?: string[] }

export type AskOptions = {
  random?: number
  hedgeMs?: number
  /**
   * Which routes are left when they are silent: those of which it is known how long they usually take, or all. No sleep
   * takes time here, so that a route that nobody knows is left at once.
   */
  leaveSilent?: 'known' | 'all'
  /** How many answers of earlier deliveries could not be used. */
  unusableBefore?: number
  /** How many calls of earlier deliveries failed in a way that may pass. */
  failedBefore?: number
  stop?: AbortController
  /** Called for each pause. The clock then jumps over the pause. */
  onSleep?(ms: number): void
  /** Called by the recorder when a call starts and when it finishes. A rejection becomes the recorder's error. */
  onStart?(call: CallStart): Promise<void>
  /** Without it, tokens are not bounded. */
  tokens?: TokenBudget
  onFinish?(route: Route, result: CallResult): Promise<void>
}

type Call = { provider: string; start: CallStart; result: CallResult | null }
type AskResult = { answer: Answer<unknown>; pauses: number[]; failovers: number[]; calls: Call[]; outcomes: string[] }

/**
 * `ask` with real HTTP requests to scripted providers, one route each, in the order given, and a route pool of its own.
 * `run` asks once; when no other run goes on, it fails if a lease was not released exactly once.
 */
export const askHarness = async (scripted: Record<string, ProviderScript>, options: AskOptions = {}) => {
  const servers: Record<string, ScriptedProvider> = {}
  for (const [name, { script }] of Object.entries(scripted)) servers[name] = await scriptedProvider(...script)
  const serverOf = (name: string): ScriptedProvider => {
    const server = servers[name]
    if (!server) throw new Error(`no provider ${name}`)
    return server
  }

  let jumpedMs = 0
  const pauses: number[] = []
  const failovers: number[] = []
  const clock: Clock = {
    now: () => Date.now() + jumpedMs,
    steady: () => Date.now() + jumpedMs,
    sleep: async (ms) => {
      pauses.push(ms)
      jumpedMs += ms
      options.onSleep?.(ms)
    },
  }
  const routes = Object.entries(scripted).map(([provider, { route }]) => exampleRoute({ provider, ...route }))
  const providers = Object.fromEntries(
    Object.entries(scripted).map(([name, { keys }]) => [
      name,
      {
        client: createClient({ baseURL: serverOf(name).baseURL }),
        keys: createKeyRing(keys ?? [`sk-${name}`], { now: clock.now }),
      },
    ]),
  )
  const pool = createRoutePool({ routes, providers, now: clock.now, random: () => 0 })
  let openLeases = 0
  let running = 0
  const countingPool: AskDeps['routePool'] = {
    refusalOf: pool.refusalOf,
    silenceMs: (route) => {
      const ms = pool.silenceMs(route)
      return options.leaveSilent === 'all' || (options.leaveSilent && ms !== UNKNOWN_SILENCE_MS) ? ms : null
    },
    acquire: (route) => {
      const acquired = pool.acquire(route)
      if (acquired.ok) openLeases++
      return acquired
    },
    release: (lease, attempt) => {
      openLeases--
      pool.release(lease, attempt)
    },
  }
  const { random = 0.5, hedgeMs = null, unusableBefore = 0, failedBefore = 0 } = options
  const onFailover = (ms: number) => void failovers.push(ms)
  const ask = createAsk({ routePool: countingPool, clock, random: () => random, hedgeMs, onFailover })

  const run = async (stop = options.stop ?? new AbortController()): Promise<AskResult> => {
    pauses.length = 0
    failovers.length = 0
    const calls: Call[] = []
    const recorder: CallRecorder = {
      start: async (start) => {
        await options.onStart?.(start)
        return String(calls.push({ provider: start.route.provider, start, result: null }) - 1)
      },
      identify: () => undefined,
      progress: () => undefined,
      finish: async (id, result) => {
        const call = calls[Number(id)]
        if (!call) throw new Error('a call ended that never started')
        await options.onFinish?.(call.start.route, result)
        call.result = result
      },
    }
    const request = {
      messages: [{ role: 'user' as const, content: 'x' }],
      schema: { name: 'x', schema: {} },
      maxCompletionTokens: 10,
      temperature: 0,
    }
    running++
    const question = {
      request,
      recorder,
      parse,
      unusableBefore,
      failedBefore,
      ...(options.tokens && { tokens: options.tokens }),
    }
    const answer = await ask(routes, question, stop.signal).finally(() => running--)
    if (running === 0 && openLeases !== 0) throw new Error(`${openLeases} leases were not released`)
    const outcomes = calls.map(({ provider, result }) => `${provider} ${result?.outcome ?? 'not recorded'}`)
    return { answer, pauses: [...pauses], failovers: [...failovers], calls, outcomes }
  }

  return {
    run,
    pool,
    clock,
    routes,
    serverOf,
    openLeases: () => openLeases,
    received: (name: string) => serverOf(name).received.length,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(Object.values(servers).map((server) => server[Symbol.asyncDispose]()))
    },
  }
}

/** Asks these providers once. `received` is the number of requests that each of them got. */
export const askOnce = async (scripted: Record<string, ProviderScript>, options: AskOptions = {}) => {
  await using harness = await askHarness(scripted, options)
  const result = await harness.run()
  return { ...result, received: Object.keys(scripted).map(harness.received) }
}
