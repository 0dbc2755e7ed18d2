import { isAuthRetryableFetchError } from '@supabase/auth-js'

type GetToken = (rejected?: string) => Promise<string>

/** In milliseconds. @supabase/auth-js itself has tried for half a minute before it fails. */
const ASK_AGAIN_MS = 2_000

const afterMs = (ms: number) => new Promise<void>((over) => setTimeout(over, ms))

/**
 * For the client of the API: while Supabase Auth cannot be reached, a token is asked for again and again, by one wait
 * for all who want one. So a page that was offline for long goes on when it is online. The client ends waiting by its
 * own deadline.
 */
export const patientToken = (getToken: GetToken, pause: (ms: number) => Promise<void> = afterMs): GetToken => {
  let waiting: Promise<string> | undefined
  const again = async (rejected?: string): Promise<string> => {
    for (;;) {
      await pause(ASK_AGAIN_MS)
      try {
        return await getToken(rejected)
      } catch (error) {
        if (!isAuthRetryableFetchError(error)) throw error
      }
    }
  }
  return async (rejected) => {
    if (waiting !== undefined) return waiting
    try {
      return await getToken(rejected)
    } catch (error) {
      if (!isAuthRetryableFetchError(error)) throw error
      waiting ??= again(rejected).finally(() => {
        waiting = undefined
      })
      return waiting
    }
  }
}
