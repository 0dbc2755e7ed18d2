import type { Clock } from '../clock.ts'
import { createAsk } from '../llm/ask.ts'
import { createKeyRing } from '../llm/keys/key-ring.ts'
import type { Answer, CallRecorder, CallResult, CallStart, ParseContent } from '../llm/request.ts'
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

export const good = replyStream([delta('{"n":1}', 'stop'), done])
export const failing = (status: number, more: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  replyWith(status, { error: { message: 'no', ...more } }, headers)
export const hangUp: Reply = (response) => response.destroy()
export const silent: Reply = () => undefined

const parse: ParseContent<unknown> = (content) => {
  try {
    return { ok: true, value: JSON.parse(content) }
  } catch {
    return { ok: false, message: 'not JSON' }
  }
}

/** By provider: how it answers, its route, and its keys. */
export type Scripted = { script: Reply[]; route?: Partial<Route>; keys?: string[] }

export type AskOptions = {
  random?: number
  hedgeMs?: number
  stop?: AbortController
  /** Hears of each pause; time then jumps over it. */
  onSleep?(ms: number): void
  /** Before a call is recorded, and when it is over; may reject. */
  onStart?(call: CallStart): Promise<void>
  onFinish?(route: Route, result: CallResult): Promise<void>
}

type Call = { provider: string; start: CallStart; result: CallResult | null }
type Asked = { answer: Answer<unknown>; pauses: number[]; calls: Call[]; outcomes: string[] }

/** Tests only: real requests to scripted providers, in the order in which they are given, through a switchboard of its own. */
export const askHarness = async (scripted: Record<string, Scripted>, options: AskOptions = {}) => {
  const servers: Record<string, ScriptedProvider> = {}
  for (const [name, { script }] of Object.entries(scripted)) servers[name] = await scriptedProvider(...script)
  const serverOf = (name: string): ScriptedProvider => {
    const server = servers[name]
    if (!server) throw new Error(`no provider ${name}`)
    return server
  }

  let jumped = 0
  const pauses: number[] = []
  const clock: Clock = {
    now: () => Date.now() + jumped,
    sleep: async (ms) => {
      pauses.push(ms)
      jumped += ms
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
  const board = createRoutePool({ routes, providers, now: clock.now, random: () => 0 })
  /** Ways that were given and not settled yet: each must be, once. */
  let unsettled = 0
  const routePool: Parameters<typeof createAsk>[0]['routePool'] = {
    acquire: (route) => {
      const acquired = board.acquire(route)
      if (acquired.ok) unsettled++
      return acquired
    },
    release: (lease, attempt) => {
      unsettled--
      board.release(lease, attempt)
    },
  }
  const { random = 0.5, hedgeMs = null } = options
  const ask = createAsk({ routePool, clock, random: () => random, hedgeMs })

  const run = async (stop = options.stop ?? new AbortController()): Promise<Asked> => {
    pauses.length = 0
    const calls: Call[] = []
    const recorder: CallRecorder = {
      start: async (start) => {
        await options.onStart?.(start)
        return String(calls.push({ provider: start.route.provider, start, result: null }) - 1)
      },
      identify: () => undefined,
      finish: async (id, result) => {
        const call = calls[Number(id)]
        if (!call) throw new Error('a call ended that never started')
        await options.onFinish?.(call.start.route, result)
        call.result = result
      },
    }
    const request = { messages: [{ role: 'user' as const, content: 'x' }], maxCompletionTokens: 10, temperature: 0 }
    const answer = await ask(routes, { request, recorder, parse }, stop.signal)
    if (unsettled !== 0) throw new Error(`${unsettled} ways are not settled`)
    const outcomes = calls.map(({ provider, result }) => `${provider} ${result?.outcome ?? 'not booked'}`)
    return { answer, pauses: [...pauses], calls, outcomes }
  }

  return {
    run,
    board,
    clock,
    routes,
    serverOf,
    unsettled: () => unsettled,
    received: (name: string) => serverOf(name).received.length,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(Object.values(servers).map((server) => server[Symbol.asyncDispose]()))
    },
  }
}

/** One question to these providers. */
export const askOnce = async (scripted: Record<string, Scripted>, options: AskOptions = {}) => {
  await using breakerHarness = await askHarness(scripted, options)
  const asked = await breakerHarness.run()
  return { ...asked, received: Object.keys(scripted).map(breakerHarness.received) }
}
