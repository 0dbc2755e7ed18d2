import { setTimeout as delay } from 'node:timers/promises'
import { rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'
import { DIRECTORY_OVERLAP_MS, DIRECTORY_READ_MS } from '../deadlines.ts'

const Row = z.object({
  account_id: z.string(),
  cell: z.string(),
  moving: z.boolean(),
  introduced: z.boolean(),
  changed_at: z.string(),
})
export type DirectoryRow = z.infer<typeof Row>

/** A row of the directory by its time and its account, in whose order it is read. */
type Position = Pick<DirectoryRow, 'changed_at' | 'account_id'>

/** Reads at most PAGE rows of the directory that changed behind a position. */
export type ReadDirectory = (behind: Position) => Promise<DirectoryRow[]>

/** Rows that are read by one statement. */
export const PAGE = 10_000

const FIRST_ID = '00000000-0000-0000-0000-000000000000'

export const readDirectory =
  (pool: pg.Pool): ReadDirectory =>
  async ({ changed_at, account_id }) => {
    const text = 'select account_id, cell, moving, introduced, changed_at from recto.account_cells_since($1, $2, $3)'
    const values = [changed_at, account_id, PAGE]
    return rowsOf(await pool.query({ name: 'account_cells_since', text, values }), Row)
  }

/** `introduced`: whether the cell knows the person. */
export type Place = { cell: string; moving: boolean; introduced: boolean }

/**
 * Where accounts live that were moved or made elsewhere, as the home cell said last. What was read stays in use while the
 * home cell cannot be reached.
 */
export const createDirectory = (read: ReadDirectory, onError: (error: unknown) => void) => {
  const places = new Map<string, Place>()
  let newest = ''
  let loaded = false

  const refresh = async (): Promise<void> => {
    const since = newest && new Date(Date.parse(newest) - DIRECTORY_OVERLAP_MS).toISOString()
    let behind: Position | undefined = { changed_at: since || '-infinity', account_id: FIRST_ID }
    while (behind) {
      const rows: DirectoryRow[] = await read(behind)
      for (const { account_id, changed_at, ...place } of rows) {
        places.set(account_id, place)
        if (changed_at > newest) newest = changed_at
      }
      behind = rows.length < PAGE ? undefined : rows.at(-1)
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

  /** What the home cell has just said of one person. */
  const note = (person: string, place: Place): void => void places.set(person, place)

  return {
    follow,
    note,
    refresh,
    /** Undefined for somebody who is new, or was always at home. */
    placeOf: (account: string): Place | undefined => places.get(account),
    /** Whether it was read at least once. Before that nobody's cell is known. */
    isLoaded: (): boolean => loaded,
  }
}

export type Directory = ReturnType<typeof createDirectory>
