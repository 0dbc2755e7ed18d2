import { onTestFinished } from 'vitest'
import { type Client, createClient, isRectoError, type RectoError } from '../index.ts'
import { type Reply, serve } from './scripted-api.ts'

type Served = Awaited<ReturnType<typeof serve>>

/**
 * A client of an API that answers with these replies, until the end of the test. `tokens`: what the API had rejected,
 * for each time that a token was asked for.
 */
export const start = async (
  ...replies: Reply[]
): Promise<Served & { client: Client; tokens: (string | undefined)[] }> => {
  const served = await serve(replies)
  onTestFinished(served.stop)
  const tokens: (string | undefined)[] = []
  const getToken = (rejected?: string) => {
    tokens.push(rejected)
    return `token-${tokens.length}`
  }
  return { ...served, tokens, client: createClient({ url: `${served.url}/`, getToken }) }
}

/** The error of a call that must fail, and how long it took in milliseconds. */
export const failureOf = async (call: Promise<unknown>): Promise<RectoError> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isRectoError(error)) throw new Error('the call did not fail as it should', { cause: error })
  return error
}
