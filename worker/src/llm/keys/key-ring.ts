import { createHash } from 'node:crypto'

/** A key that can be shown: neither printing nor serialising it tells more than its fingerprint. */
export type Key = {
  fingerprint: string
  /** The key itself, as a string that is made only now: for a request's header, and not to be kept. */
  reveal(): string
}

/** What stands for a key in rows and logs: the first 12 hex digits of its SHA-256. */
export const fingerprintOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 12)

/** Providers have answered false 401s for whole outages: a key rests so long after the first (ms), doubling up to the longest. */
const firstRefusalRestMs = 30_000
const longestRefusalRestMs = 600_000
/** Beyond this no limit of a key is believed. */
const longestRestMs = 3_600_000
/** A key that was refused is tried by one request in so long, until it worked or failed. */
const trialMs = 5_000

type Place = { key: Key; restsUntil: number; triedUntil: number; refusals: number }

/** The bytes live outside V8's heap, so that a heap snapshot does not have them; a pooled buffer would outlive its key. */
const keyOf = (text: string): Key => {
  const bytes = Buffer.alloc(Buffer.byteLength(text), text)
  return Object.freeze({ fingerprint: fingerprintOf(text), reveal: () => bytes.toString() })
}

/** The keys of one provider, used in turn. Times are epoch milliseconds. */
export const createKeyRing = (keys: readonly string[], { now }: { now(): number }) => {
  let places = new Map<string, Place>()
  let turn = 0

  const freeFrom = ({ restsUntil, triedUntil }: Place) => Math.max(restsUntil, triedUntil)
  /** What comes of a request that was sent before its key was laid to rest says nothing new. */
  const awake = (fingerprint: string): Place | undefined => {
    const place = places.get(fingerprint)
    return place && place.restsUntil <= now() ? place : undefined
  }

  const ring = {
    /** The next key that does not rest, or null when all do. */
    next: (): Key | null => {
      const inOrder = [...places.values()]
      for (let step = 0; step < inOrder.length; step++) {
        const place = inOrder[(turn + step) % inOrder.length]
        if (!place || freeFrom(place) > now()) continue
        turn = (turn + step + 1) % inOrder.length
        if (place.refusals > 0) place.triedUntil = now() + trialMs
        return place.key
      }
      return null
    },

    /** A limit of the key: it rests for `ms`, an hour at most; the others go on. */
    rest: (fingerprint: string, ms: number): void => {
      const place = places.get(fingerprint)
      if (place && ms > 0) place.restsUntil = Math.max(place.restsUntil, now() + Math.min(ms, longestRestMs))
    },

    /** A 401: the key rests, longer for each in a row. */
    failed: (fingerprint: string): void => {
      const place = awake(fingerprint)
      if (!place) return
      ring.rest(fingerprint, Math.min(firstRefusalRestMs * 2 ** place.refusals, longestRefusalRestMs))
      place.refusals++
    },

    /** The provider took the key, whatever it answered then. */
    worked: (fingerprint: string): void => {
      const place = awake(fingerprint)
      if (!place) return
      place.refusals = 0
      place.triedUntil = 0
    },

    /** When the first resting key comes back; 0 when one is free, Infinity when there are none. */
    freeAt: (): number => {
      const first = Math.min(...[...places.values()].map(freeFrom))
      return first <= now() ? 0 : first
    },

    /** New keys, from files or a vault; those that stay keep their rest. */
    replace: (texts: readonly string[]): void => {
      const fresh = texts.map(keyOf).map((key): [string, Place] => {
        const known = places.get(key.fingerprint)
        return [key.fingerprint, known ?? { key, restsUntil: 0, triedUntil: 0, refusals: 0 }]
      })
      places = new Map(fresh)
    },

    /** Whether there is a key that never rested: of it, nothing bad is known. */
    hasUntried: (): boolean => [...places.values()].some(({ restsUntil }) => restsUntil === 0),

    fingerprints: (): string[] => [...places.keys()],
    size: (): number => places.size,
    restingCount: (): number => [...places.values()].filter((place) => freeFrom(place) > now()).length,
  }
  ring.replace(keys)
  return ring
}

export type KeyRing = ReturnType<typeof createKeyRing>
