import type pg from 'pg'
import type { VerifyToken } from '../auth/verify-token.ts'
import type { Directory } from './directory.ts'
import { createFront, type Fetch } from './front.ts'
import { createNewcomers } from './newcomers.ts'
import { createPlaces, createReceivingCell } from './places.ts'

/** The API of a cell, and the database of that cell. */
export type CellApi = { name: string; pool: pg.Pool; fetch: Fetch; verify: VerifyToken }

type JoinedDirectory = Pick<Directory, 'placeOf' | 'isLoaded' | 'note'>

/** Knows nobody, so that every request asks the home cell: for a process that is frozen between two of them. */
export const noDirectory: JoinedDirectory = {
  placeOf: () => undefined,
  isLoaded: () => true,
  note: () => undefined,
}

/** One `fetch` for the APIs of all cells, the home cell first. With one cell, requests go to it as they come. */
export const joinCells = ([home, ...others]: [CellApi, ...CellApi[]], directory: JoinedDirectory): Fetch => {
  if (others.length === 0) return home.fetch
  return createFront({
    home: home.fetch,
    others: new Map(others.map(({ name, fetch }) => [name, fetch])),
    directory,
    placeOfNewcomer: createNewcomers({
      verify: home.verify,
      places: createPlaces(home.pool),
      cells: new Map([home, ...others].map(({ name, pool }) => [name, createReceivingCell(pool)])),
      note: directory.note,
    }),
  })
}
