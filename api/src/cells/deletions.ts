import { rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'

type Database = Pick<pg.Pool, 'query'>

const Row = z.object({ person: z.string() })

/** People who are read at once. */
const MOST = 100

const findDeleted = async (home: Database, cell: string): Promise<string[]> => {
  const text = 'select person from recto.deleted_people($1, $2) as person'
  const rows = rowsOf(await home.query({ name: 'deleted_people', text, values: [cell, MOST] }), Row)
  return rows.map(({ person }) => person)
}

/** Tells one cell of its people who were deleted. Each step may be done again, also by another API at the same time. */
const tellCell = async (home: Database, name: string, cell: Database): Promise<void> => {
  for (const person of await findDeleted(home, name)) {
    await cell.query({ name: 'erase_deleted', text: 'select recto.erase_deleted($1)', values: [person] })
    await home.query({ name: 'forget_place', text: 'select recto.forget_place($1, $2)', values: [person, name] })
  }
}

/**
 * Tells cells to erase people who were deleted in Auth, which is at home. A cell that is away is told the next time.
 * @throws what the first of the cells that could not be told answered, when all others were told
 */
export const tellDeletions = async (home: Database, cells: ReadonlyMap<string, Database>): Promise<void> => {
  const told = await Promise.allSettled([...cells].map(([name, cell]) => tellCell(home, name, cell)))
  const failed = told.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
