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

/** Keys of another kind (a symmetric one would be a secret) are left out, not an error. */
const KeySet = z.object({ keys: z.array(z.unknown()) }).transform(({ keys }) =>
  keys.flatMap((key) => {
    const parsed = Key.safeParse(key)
    return parsed.success ? [parsed.data] : []
  }),
)

type KeySetDeps = { url: string; fetch: typeof globalThis.fetch; now(): number; unknownKidMs: number }

export type FindKey = (kid: string) => Promise<Key | undefined>

/**
 * The project's public keys, fetched when needed. A known key outlives an outage of up to an hour; an unknown one leads to a new
 * fetch, but to no more than one in `unknownKidMs`, so that made-up ids do not become a flood against the auth service.
 */
export const createKeySet = ({ url, fetch, now, unknownKidMs }: KeySetDeps) => {
  let keys = new Map<string, Key>()
  let fetchedAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  let fetching: Promise<void> | undefined

  const load = async () => {
    try {
      if (now() - failedAt < RECONNECT_MS) throw new Error('the last attempt failed just now')
      const answer = await fetch(url, { headers: { accept: 'application/json' } })
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

  /** @throws AppError auth_unavailable when there is no key set to trust. */
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

  /** @throws AppError auth_unavailable as `find` would. */
  const ready = async (): Promise<void> => {
    const age = now() - fetchedAt
    if (age < KEY_SET_FRESH_MS) return
    await refresh().catch((error) => {
      if (age >= KEY_SET_USABLE_MS) throw error
    })
  }

  return { find, ready }
}
