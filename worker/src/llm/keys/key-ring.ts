import { createHash } from 'node:crypto'
import { LONGEST_QUOTA_REST_MS } from '../../deadlines.ts'
import type { FailureClass } from '../errors/failure.ts'
import { redactKey } from './redact-key.ts'

/** An API key that is safe to pass around: printing or serialising it shows only its fingerprint. */
export type Key = {
  fingerprint: string
  /** Returns the key as a new string, for one request's header. Do not keep the string. */
  reveal(): string
  /** Replaces this key, and every other key of its ring, in a text that the provider wrote. */
  redact(text: string): string
}

/** Identifies a key in rows and logs: the first 12 hex digits of its SHA-256. */
export const fingerprintOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 12)

/**
 * How long a key rests (is not used) after a 401: milliseconds, twice as long after a further one. A key is never dropped
 * for good, because providers have answered false 401s for the length of an outage. Generations that have no other key
 * fail until its rest is over, so it is short.
 */
const firstUnauthorizedRestMs = 30_000
const longestUnauthorizedRestMs = 60_000
/** The longest rest of any key but one whose quota is used up, whatever the provider says. */
const longestRestMs = 3_600_000
/** For this long, only one request uses a key that got a 401 before, until the outcome of that request is known. */
const trialMs = 5_000

/** How a provider refuses a key: it does not accept the key, or the account of the key has no credit. */
export type Refusal = Extract<FailureClass, 'auth' | 'provider_credit_exhausted'>

/**
 * A key and when it may be used. `addedAt`: when it was read first. `unauthorizedCount` counts 401s without a success
 * between them. `refusal`: how the provider refused the key last; null since it accepted the key.
 */
type Entry = {
  key: Key
  addedAt: number
  restsUntil: number
  triedUntil: number
  unauthorizedCount: number
  refusal: Refusal | null
}

/** The bytes lie outside V8's heap, so a heap snapshot does not contain them. A pooled buffer would outlive the key. */
const keyOf = (text: string, redactOthers: (text: string) => string): Key => {
  const bytes = Buffer.alloc(Buffer.byteLength(text), text)
  const reveal = () => bytes.toString()
  return Object.freeze({
    fingerprint: fingerprintOf(text),
    reveal,
    // A key may have left its ring while its request was under way.
    redact: (written: string) => redactOthers(redactKey(written, reveal())),
  })
}

/** The API keys of one provider, used in turn. All times are milliseconds of the steady clock. */
export const createKeyRing = (keys: readonly string[], { now }: { now(): number }) => {
  let entries = new Map<string, Entry>()
  let nextIndex = 0

  const freeFrom = ({ restsUntil, triedUntil }: Entry) => Math.max(restsUntil, triedUntil)
  const redact = (text: string): string =>
    [...entries.values()].reduce((rest, { key }) => redactKey(rest, key.reveal()), text)
  /**
   * The entry of a key that does not rest. The outcome of a request from before the rest is ignored, as it says nothing
   * new.
   */
  const notResting = (fingerprint: string): Entry | undefined => {
    const entry = entries.get(fingerprint)
    return entry && entry.restsUntil <= now() ? entry : undefined
  }

  const restFor = (entry: Entry, ms: number): void => {
    if (ms > 0) entry.restsUntil = Math.max(entry.restsUntil, now() + Math.min(ms, longestRestMs))
  }
  const isRefused = ({ refusal, restsUntil }: Entry): boolean => refusal !== null && restsUntil > now()

  const ring = {
    /** Returns the next key that is free, or null when all keys rest. */
    next: (): Key | null => {
      const inOrder = [...entries.values()]
      for (let step = 0; step < inOrder.length; step++) {
        const entry = inOrder[(nextIndex + step) % inOrder.length]
        if (!entry || freeFrom(entry) > now()) continue
        nextIndex = (nextIndex + step + 1) % inOrder.length
        if (entry.unauthorizedCount > 0) entry.triedUntil = now() + trialMs
        return entry.key
      }
      return null
    },

    /** The keys that do not rest. Unlike `next` it takes none: no key is tried by what is asked beside generations. */
    usable: (): Key[] => [...entries.values()].filter(({ restsUntil }) => restsUntil <= now()).map(({ key }) => key),

    /** Whether a key may be used: it is in the ring and does not rest. */
    isUsable: (fingerprint: string): boolean => notResting(fingerprint) !== undefined,

    /** Lets a key rest whose account has no credit, for `ms`, at most an hour. The other keys stay in use. */
    rest: (fingerprint: string, ms: number): void => {
      const entry = entries.get(fingerprint)
      if (!entry) return
      entry.refusal = 'provider_credit_exhausted'
      restFor(entry, ms)
    },

    /** Lets a key rest whose quota is used up, for `ms`, at most 31 days. */
    restUntilReset: (fingerprint: string, ms: number): void => {
      const entry = entries.get(fingerprint)
      if (!entry) return
      entry.refusal = null
      entry.restsUntil = Math.max(entry.restsUntil, now() + Math.min(ms, LONGEST_QUOTA_REST_MS))
    },

    /** Records a 401: the key rests, twice as long after each further 401. */
    reportUnauthorized: (fingerprint: string): void => {
      const entry = notResting(fingerprint)
      if (!entry) return
      const restMs = Math.min(firstUnauthorizedRestMs * 2 ** entry.unauthorizedCount, longestUnauthorizedRestMs)
      entry.refusal = 'auth'
      restFor(entry, restMs)
      entry.unauthorizedCount++
    },

    /** Records that the provider accepted the key, whatever else it answered. */
    reportAccepted: (fingerprint: string): void => {
      const entry = notResting(fingerprint)
      if (!entry) return
      entry.unauthorizedCount = 0
      entry.triedUntil = 0
      entry.refusal = null
    },

    /** When the first key becomes free; 0 when one is free now, Infinity when there are no keys. */
    freeAt: (): number => {
      const first = Math.min(...[...entries.values()].map(freeFrom))
      return first <= now() ? 0 : first
    },

    /**
     * How the provider refuses all keys, when each of them rests because it was refused; null when a key is free, is being
     * tried again or rests for another reason.
     */
    refusal: (): Refusal | null => {
      const all = [...entries.values()]
      if (all.length === 0 || !all.every(isRefused)) return null
      return all.some(({ refusal }) => refusal === 'auth') ? 'auth' : 'provider_credit_exhausted'
    },

    /** Replaces all keys, after files or the vault were read again. A key that was there before keeps its rest. */
    replace: (texts: readonly string[]): void => {
      const replaced = texts
        .map((text) => keyOf(text, redact))
        .map((key): [string, Entry] => {
          const known = entries.get(key.fingerprint)
          const unused = { restsUntil: 0, triedUntil: 0, unauthorizedCount: 0, refusal: null }
          return [key.fingerprint, known ?? { key, addedAt: now(), ...unused }]
        })
      entries = new Map(replaced)
    },

    /** Whether there is a key that has never rested. Nothing is known against such a key. */
    hasFreshKey: (): boolean => [...entries.values()].some(({ restsUntil }) => restsUntil === 0),

    /** Whether a key that has never rested was read after `at`. */
    hasFreshKeySince: (at: number): boolean =>
      [...entries.values()].some(({ restsUntil, addedAt }) => restsUntil === 0 && addedAt > at),

    fingerprints: (): string[] => [...entries.keys()],
    size: (): number => entries.size,
    restingCount: (): number => [...entries.values()].filter((entry) => freeFrom(entry) > now()).length,
    refusedCount: (): number => [...entries.values()].filter(isRefused).length,
  }
  ring.replace(keys)
  return ring
}

export type KeyRing = ReturnType<typeof createKeyRing>
