import type pg from 'pg'
import type { VerifyToken } from '../auth/verify-token.ts'
import type { Directory } from './directory.ts'
import { createForward, type Fetch } from './forward.ts'
import { createNewcomers } from './newcomers.ts'
import { createPlaces, createReceivingCell } from './places.ts'

/** The API of a cell, and the database of that cell. */
export type CellApi = { name: string; pool: pg.Pool; fetch: Fetch; verify: VerifyToken }

/** One `fetch` for the APIs of all cells, the home cell first. With one cell, requests go to it as they come. */
export const joinCells = ([home, ...others]: [CellApi, ...CellApi[]], directory: Directory): Fetch => {
  if (others.length === 0) return home.fetch
  return createForward({
    home: home.fetch,
    others: new Map(others.map(({ name, fetch }) => [name, fetch])),
    directory,
    placeOfNewcomer: createNewcomers({
      verify: home.verify,
      places: createPlaces(home.pool),
      cells: new Map([home, ...others].map(({ name, pool }) => [name, createReceivingCell(pool)])),
      directory,
    }),
  })
}
