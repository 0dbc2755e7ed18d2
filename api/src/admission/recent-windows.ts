import { FRESH_MS } from '../deadlines.ts'
import type { Window } from './windows.ts'

const maxEntries = 10_000
/** Windows that were read longer ago are read again before they are shown. */
const usableMs = 12 * FRESH_MS

type Entry = { windows: Window[]; readAt: number; isReading: boolean }

/** A place that frees at a time is no further away than that time. */
const aged = ({ windows, readAt }: Entry, now: number): Window[] =>
  windows.map((window) => ({ ...window, reset: Math.max(0, window.reset - Math.floor((now - readAt) / 1000)) }))

/**
 * Remembers the windows of each caller and account, so that an answer that counts nothing needs no read of its own. They
 * are read again behind an answer when they are older than five seconds, because other processes admit requests too.
 */
export const createRecentWindows = (now: () => number) => {
  const entries = new Map<string, Entry>()

  const set = (key: string, windows: Window[]): void => {
    entries.delete(key)
    entries.set(key, { windows, readAt: now(), isReading: false })
    const [oldest] = entries.keys()
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest)
  }

  return {
    set,
    /** The windows of a key. @throws what `read` throws, while none are known that are younger than a minute */
    get: async (key: string, read: () => Promise<Window[]>): Promise<Window[]> => {
      const entry = entries.get(key)
      if (entry === undefined || now() - entry.readAt > usableMs) {
        const windows = await read()
        set(key, windows)
        return windows
      }
      if (now() - entry.readAt > FRESH_MS && !entry.isReading) {
        entry.isReading = true
        read().then(
          (windows) => set(key, windows),
          () => {
            entry.isReading = false
          },
        )
      }
      return aged(entry, now())
    },
  }
}
