import { rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'
import { DIRECTORY_OVERLAP_MS } from '../deadlines.ts'
import { createRecent } from './recent.ts'

/** A row of the directory by its time and its account, in whose order it is read. */
const Position = z.object({ changed_at: z.string(), account_id: z.string() })
type Position = z.infer<typeof Position>

const Row = Position.extend({ cell: z.string(), moving: z.boolean(), introduced: z.boolean() })
export type DirectoryRow = z.infer<typeof Row>

/** The directory in the home cell. */
export type DirectorySource = {
  /** The position behind which there are at most so many rows. Undefined: there are not more at all. */
  findStart(most: number): Promise<Position | undefined>
  /** Reads at most PAGE rows that changed behind a position. */
  readPage(behind: Position): Promise<DirectoryRow[]>
}

/** Rows that are read by one statement. */
export const PAGE = 10_000

/** Places that are kept for certain. Each is about 150 bytes. */
const PLACES = 100_000

const FIRST_ID = '00000000-0000-0000-0000-000000000000'
const beginning: Position = { changed_at: '-infinity', account_id: FIRST_ID }

/** Commits do not come in the order of their changes, so a while before the last one is read again. */
const overlapping = ({ changed_at }: Position): Position => ({
  changed_at: new Date(Date.parse(changed_at) - DIRECTORY_OVERLAP_MS).toISOString(),
  account_id: FIRST_ID,
})

export const directorySource = (home: Pick<pg.Pool, 'query'>): DirectorySource => ({
  findStart: async (most) => {
    const text = 'select account_id, changed_at from recto.account_cells_start($1)'
    return rowsOf(await home.query({ name: 'account_cells_start', text, values: [most] }), Position)[0]
  },
  readPage: async ({ changed_at, account_id }) => {
    const text = 'select account_id, cell, moving, introduced, changed_at from recto.account_cells_since($1, $2, $3)'
    const values = [changed_at, account_id, PAGE]
    return rowsOf(await home.query({ name: 'account_cells_since', text, values }), Row)
  },
})

/** `introduced`: whether the cell knows the person. */
export type Place = { cell: string; moving: boolean; introduced: boolean }

/** What a process knows of where people live. */
export type Directory = {
  /** Whether that is what the home cell said a second ago. Otherwise it holds only while the home cell is away. */
  isFollowed: boolean
  /** Undefined for somebody who is new, was always at home, or was not asked for in a long time. */
  placeOf(person: string): Place | undefined
  /** Takes down what the home cell has just said of one person. */
  note(person: string, place: Place): void
}

/** The directory of a process that is frozen between requests, and so asks the home cell with each of them. */
export const createUnfollowedDirectory = (): Directory => {
  const places = createRecent<Place>(PLACES)
  return { isFollowed: false, placeOf: places.get, note: places.set }
}

/**
 * A directory that learns with each `refresh` what has changed. What it knows stays in use while the home cell cannot be
 * reached.
 */
export const createDirectory = (
  { findStart, readPage }: DirectorySource,
  now: () => number,
  kept = PLACES,
): Directory & { refresh(): Promise<void> } => {
  const places = createRecent<Place>(kept)
  /** The last row that was read, and when it was read for the first time. */
  let newest: Position | undefined
  let newestAt = 0
  /** Whether no commit can come behind `newest` any more. */
  let isSettled = false

  const findNext = async (): Promise<Position> => {
    if (!newest) return (await findStart(kept)) ?? beginning
    return isSettled ? newest : overlapping(newest)
  }

  const refresh = async (): Promise<void> => {
    const startedAt = now()
    let last = newest
    let behind: Position | undefined = await findNext()
    while (behind) {
      const rows: DirectoryRow[] = await readPage(behind)
      for (const { account_id, cell, moving, introduced } of rows) places.set(account_id, { cell, moving, introduced })
      last = rows.at(-1) ?? last
      behind = rows.length < PAGE ? undefined : last
    }
    const isNew = last?.changed_at !== newest?.changed_at
    isSettled = !isNew && startedAt - newestAt >= DIRECTORY_OVERLAP_MS
    newest = last
    if (isNew) newestAt = now()
  }

  return { isFollowed: true, placeOf: places.get, note: places.set, refresh }
}
