import { HEALTH_CHECK_MS } from '../deadlines.ts'

type RestOptions = { supabaseUrl: string; publishableKey: string }

/**
 * Rejects when the project's PostgREST does not answer, which apps call directly. Whoever may not read its description is
 * refused by it, and so knows that it works.
 */
export const requireRest =
  ({ supabaseUrl, publishableKey }: RestOptions) =>
  async (): Promise<void> => {
    const { status } = await fetch(`${supabaseUrl}/rest/v1/`, {
      redirect: 'manual',
      headers: { apikey: publishableKey },
      method: 'HEAD',
      signal: AbortSignal.timeout(HEALTH_CHECK_MS),
    })
    if ((status < 200 || status > 299) && status !== 401 && status !== 403)
      throw new Error(`PostgREST answered ${status}`)
  }
