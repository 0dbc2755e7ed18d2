import { systemClock } from '../clock.ts'
import { type Attempt, makeAttempt } from '../llm/attempt.ts'
import { createKeyRing } from '../llm/keys/key-ring.ts'
import type { AnswerFollower, CallRecorder, CallResult, CallStart, ParseContent } from '../llm/request.ts'
import type { Route } from '../llm/route.ts'
import { createClient } from '../llm/wire/client.ts'
import { exampleRoute } from './example-route.ts'
import { done, type Reply, replyStream, scriptedProvider } from './scripted-provider.ts'

/** The text that every scripted attempt sends. No record of an error may contain any of it. */
export const sourceText = 'A long text of a person, of which nothing may stand in any record of an error.'

const parse: ParseContent<unknown> = (content, finish) => {
  try {
    return { ok: true, value: JSON.parse(finish === 'length' ? content.replace(/,[^,]*$/, ']') : content) }
  } catch {
    return { ok: false, message: 'not the JSON that was asked for' }
  }
}

type Options = {
  route?: Partial<Route>
  timeouts?: Partial<Route['timeouts']>
  signal?: AbortSignal
  hedge?: boolean
  /** The keys of the provider, of which the attempt uses the first. */
  keys?: string[]
  onStart?: () => void
  follow?: () => AnswerFollower
}
type RecordedAttempt = { attempt: Attempt<unknown>; started: CallStart; result: CallResult; log: string[] }

/** The first of these keys; without any, the key of every scripted attempt. */
export const exampleKey = (keys = ['sk-own']) => {
  const key = createKeyRing(keys, { now: Date.now }).next()
  if (!key) throw new Error('no key')
  return key
}

/** Makes one attempt at an address. `log` lists the calls of its recorder in order. */
export const attemptAt = async (baseURL: string, options: Options = {}): Promise<RecordedAttempt> => {
  const log: string[] = []
  const starts: CallStart[] = []
  const results: CallResult[] = []
  const recorder: CallRecorder = {
    start: async (call) => {
      log.push('start')
      starts.push(call)
      options.onStart?.()
      return 'call-1'
    },
    identify: (id, providerRequestId) => void log.push(`identify ${id} ${providerRequestId}`),
    progress: (id, estimatedUsd) => void log.push(`progress ${id} ${estimatedUsd}`),
    finish: async (id, result) => {
      log.push(`finish ${id}`)
      results.push(result)
    },
  }
  const route = exampleRoute(options.route)
  const attempt = await makeAttempt(
    {
      client: createClient({ baseURL }),
      key: exampleKey(options.keys),
      route: { ...route, timeouts: { ...route.timeouts, ...options.timeouts } },
      hedge: options.hedge ?? false,
      mayLeave: () => true,
    },
    {
      request: {
        messages: [{ role: 'user', content: sourceText }],
        schema: { name: 'x', schema: {} },
        maxCompletionTokens: 100,
        temperature: 0,
      },
      recorder,
      parse,
      ...(options.follow && { follow: options.follow }),
    },
    systemClock,
    options.signal ?? new AbortController().signal,
  )
  await attempt.recorded
  const [started] = starts
  const [result] = results
  if (!started || !result) throw new Error('the call was not recorded')
  return { attempt, started, result, log }
}

/** Makes one attempt at a provider that answers with this reply. */
export const attemptWith = async (reply: Reply, options: Options = {}): Promise<RecordedAttempt> => {
  await using provider = await scriptedProvider(reply)
  return await attemptAt(provider.baseURL, options)
}

export const usage = { prompt_tokens: 37, completion_tokens: 8, cost: 0.0000126 }
/** A complete answer as one JSON body. */
export const completeBody = (content: string | null, finish: string | null, more: Record<string, unknown> = {}) => ({
  id: 'gen-test-1',
  model: 'acme/served-1',
  choices: [{ index: 0, message: { role: 'assistant', content, ...more }, finish_reason: finish }],
  usage,
})
/** A stream that ends with `[DONE]`. */
export const stream = (...pieces: string[]) => replyStream([...pieces, done])
