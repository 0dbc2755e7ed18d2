import { AppError } from '@recto/shared/errors'
import { z } from 'zod'
import { KEY_SET_FRESH_MS, KEY_SET_USABLE_MS, RECONNECT_MS } from '../deadlines.ts'

const Key = z.looseObject({
  kid: z.string(),
  kty: z.enum(['EC', 'RSA']),
  alg: z.string().exactOptional(),
  key_ops: z.array(z.string()).default(['verify']),
})
export type Key = z.infer<typeof Key>

/** Keys of other types are left out: a symmetric one would be a secret. */
const KeySet = z.object({ keys: z.array(z.unknown()) }).transform(({ keys }) =>
  keys.flatMap((key) => {
    const parsed = Key.safeParse(key)
    return parsed.success ? [parsed.data] : []
  }),
)

type KeySetDeps = { url: string; fetch: typeof globalThis.fetch; now(): number; unknownKidMs: number }

export type FindKey = (kid: string) => Promise<Key | undefined>

/**
 * The public keys of the project, fetched when needed. A known key outlives an outage of up to an hour. An unknown key
 * id leads to a new fetch at most once in `unknownKidMs`, so that made-up ids do not flood the auth service.
 */
export const createKeySet = ({ url, fetch, now, unknownKidMs }: KeySetDeps) => {
  let keys = new Map<string, Key>()
  let fetchedAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  let fetching: Promise<void> | undefined

  const load = async () => {
    try {
      if (now() - failedAt < RECONNECT_MS) throw new Error('the last fetch failed less than a second ago')
      const answer = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'error' })
      if (!answer.ok) throw new Error(`the key set answered ${answer.status}`)
      keys = new Map(KeySet.parse(await answer.json()).map((key) => [key.kid, key]))
      fetchedAt = now()
    } catch (error) {
      if (now() - failedAt >= RECONNECT_MS) failedAt = now()
      throw new AppError('auth_unavailable', undefined, { retryAfter: 5, cause: error })
    }
  }
  const refresh = (): Promise<void> => {
    fetching ??= load().finally(() => {
      fetching = undefined
    })
    return fetching
  }

  /**
   * The key of this id, or undefined when the project has none.
   * @throws AppError auth_unavailable when there are no keys to trust
   */
  const find: FindKey = async (kid) => {
    const age = now() - fetchedAt
    const known = keys.get(kid)
    if (known && age < KEY_SET_USABLE_MS) {
      if (age >= KEY_SET_FRESH_MS) refresh().catch(() => undefined)
      return known
    }
    if (age < unknownKidMs) return undefined
    await refresh()
    return keys.get(kid)
  }

  /**
   * Resolves when the keys can be used.
   * @throws AppError auth_unavailable
   */
  const ready = async (): Promise<void> => {
    const age = now() - fetchedAt
    if (age < KEY_SET_FRESH_MS) return
    await refresh().catch((error) => {
      if (age >= KEY_SET_USABLE_MS) throw error
    })
  }

  return { find, ready, hasKeys: (): boolean => keys.size > 0 }
}
