import { type Attempt, makeAttempt } from './attempt.ts'
import { createClient } from './client.ts'
import type { Timeouts } from './patience.ts'
import type { CallJournal, CallResult, ParseContent } from './request.ts'
import { done, price, type Reply, replyStream, scriptedProvider } from './scripted-provider.ts'

const route = { provider: 'acme', model: 'acme/m' }
/** Tests only: the text that every scripted attempt sends. */
export const sourceText = 'A long text of a person, of which nothing may stand in any record of an error.'
const patient: Timeouts = { firstTokenMs: 10_000, gapMs: 10_000, totalMs: 10_000 }

const parse: ParseContent<unknown> = (content, finish) => {
  try {
    return { ok: true, value: JSON.parse(finish === 'length' ? content.replace(/,[^,]*$/, ']') : content) }
  } catch {
    return { ok: false, message: 'not the JSON that was asked for' }
  }
}

type Options = { timeouts?: Partial<Timeouts>; signal?: AbortSignal; onStart?: () => void }
type Recorded = { attempt: Attempt<unknown>; result: CallResult; log: string[] }

/** One attempt against an address, with what its journal got. */
export const attemptAt = async (baseURL: string, { timeouts, signal, onStart }: Options = {}): Promise<Recorded> => {
  const log: string[] = []
  const results: CallResult[] = []
  const journal: CallJournal = {
    start: async () => {
      log.push('start')
      onStart?.()
      return 'call-1'
    },
    finish: async (id, result) => {
      log.push(`finish ${id}`)
      results.push(result)
    },
  }
  const attempt = await makeAttempt(
    {
      client: createClient({ baseURL, apiKey: 'sk-own' }),
      price,
      timeouts: { ...patient, ...timeouts },
      now: Date.now,
    },
    {
      request: {
        messages: [{ role: 'user', content: sourceText }],
        schema: { name: 'x', schema: {} },
        maxCompletionTokens: 100,
        temperature: 0,
      },
      route,
      journal,
      parse,
    },
    signal ?? new AbortController().signal,
  )
  const [result] = results
  if (!result) throw new Error('the call was not recorded')
  return { attempt, result, log }
}

/** One attempt against a provider that answers like this. */
export const attemptWith = async (reply: Reply, options: Options = {}): Promise<Recorded> => {
  await using provider = await scriptedProvider(reply)
  return await attemptAt(provider.baseURL, options)
}

export const usage = { prompt_tokens: 37, completion_tokens: 8, cost: 0.0000126 }
/** A whole answer in one body. */
export const whole = (content: string | null, finish: string | null, more: Record<string, unknown> = {}) => ({
  id: 'gen-test-1',
  model: 'acme/served-1',
  choices: [{ index: 0, message: { role: 'assistant', content, ...more }, finish_reason: finish }],
  usage,
})
/** A stream that ends as it should. */
export const stream = (...pieces: string[]) => replyStream([...pieces, done])
