import { isBusy, isUnreachable, rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'

type Database = Pick<pg.Pool, 'query'>

const Deleted = z.object({ person: z.string() })
const Begun = z.object({ is_begun: z.boolean() })

/** The most people of a cell that one round reads. */
const MOST = 100

/** The home cell, which knows who was deleted in Auth and lives in another cell. */
export const createDeletions = (home: Database) => ({
  find: async (cell: string): Promise<string[]> => {
    const text = 'select person from recto.deleted_people($1, $2) as person'
    const rows = rowsOf(await home.query({ name: 'deleted_people', text, values: [cell, MOST] }), Deleted)
    return rows.map(({ person }) => person)
  },
  forget: async (person: string, cell: string): Promise<void> => {
    await home.query({ name: 'forget_place', text: 'select recto.forget_place($1, $2)', values: [person, cell] })
  },
})

type Deletions = ReturnType<typeof createDeletions>

/** Has a cell begin to erase a person. Resolves to false when it cannot yet, because the person's move is not over. */
export type Erase = (person: string) => Promise<boolean>

export const eraseIn =
  (cell: Database): Erase =>
  async (person) => {
    const text = 'select recto.erase_deleted($1) as is_begun'
    return rowsOf(await cell.query({ name: 'erase_deleted', text, values: [person] }), Begun)[0]?.is_begun ?? false
  }

/**
 * Has each cell erase its people who were deleted in Auth, which is at home. Each step may be repeated, also by another API
 * at the same time. A cell that cannot be reached is asked again the next time, and so is one that fails for a person.
 * @throws the first failure of the first cell with one, when all cells have been asked
 */
export const tellDeletions = async (deletions: Deletions, cells: ReadonlyMap<string, Erase>): Promise<void> => {
  const tell = async (name: string, erase: Erase): Promise<void> => {
    const failures: unknown[] = []
    for (const person of await deletions.find(name))
      try {
        if (await erase(person)) await deletions.forget(person, name)
      } catch (error) {
        if (isUnreachable(error) && !isBusy(error)) throw error
        failures.push(error)
      }
    if (failures.length > 0) throw failures[0]
  }
  const outcomes = await Promise.allSettled([...cells].map(([name, erase]) => tell(name, erase)))
  const failed = outcomes.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
