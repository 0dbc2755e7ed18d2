import { setTimeout as delay } from 'node:timers/promises'
import { rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'
import { DIRECTORY_OVERLAP_MS, DIRECTORY_READ_MS } from '../deadlines.ts'

const Row = z.object({ account_id: z.string(), cell: z.string(), moving: z.boolean(), changed_at: z.string() })
export type DirectoryRow = z.infer<typeof Row>

/** Reads what changed in the directory since a time, or all of it. */
export type ReadDirectory = (since: string | null) => Promise<DirectoryRow[]>

export const readDirectory =
  (pool: pg.Pool): ReadDirectory =>
  async (since) => {
    const text = 'select account_id, cell, moving, changed_at from recto.account_cells_since($1)'
    return rowsOf(await pool.query({ name: 'account_cells_since', text, values: [since] }), Row)
  }

export type Place = { cell: string; moving: boolean }

/**
 * Where accounts live that were moved, as the home cell said last. What was read stays in use while the home cell cannot
 * be reached.
 */
export const createDirectory = (read: ReadDirectory, onError: (error: unknown) => void) => {
  const places = new Map<string, Place>()
  let newest = ''
  let loaded = false

  const refresh = async (): Promise<void> => {
    const since = newest && new Date(Date.parse(newest) - DIRECTORY_OVERLAP_MS).toISOString()
    for (const { account_id, cell, moving, changed_at } of await read(since || null)) {
      places.set(account_id, { cell, moving })
      if (changed_at > newest) newest = changed_at
    }
    loaded = true
  }

  /** Goes on reading until `signal` aborts. `onError` is told of an outage once. */
  const follow = async (signal: AbortSignal): Promise<void> => {
    let failing = false
    while (!signal.aborted) {
      failing = await refresh().then(
        () => false,
        (error: unknown) => {
          if (!failing) onError(error)
          return true
        },
      )
      await delay(DIRECTORY_READ_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  return {
    follow,
    refresh,
    /** Undefined for an account that was never moved. */
    placeOf: (account: string): Place | undefined => places.get(account),
    /** Whether it was read at least once. Before that nobody's cell is known. */
    isLoaded: (): boolean => loaded,
  }
}

export type Directory = ReturnType<typeof createDirectory>
