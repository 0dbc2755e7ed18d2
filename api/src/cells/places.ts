import { rowsOf } from '@recto/shared/database'
import type pg from 'pg'
import { z } from 'zod'

const Row = z.object({
  cell: z.string(),
  moving: z.boolean(),
  introduced: z.boolean(),
  is_anonymous: z.boolean(),
  changed_at: z.string().nullable(),
})

/** Where a person lives. `changed_at`: null for somebody whom the directory does not name. */
export type FoundPlace = z.infer<typeof Row>

const columns = 'select cell, moving, introduced, is_anonymous, changed_at from'

/** Asks the home cell where people live, and has it choose for those who are new. */
export const createPlaces = (home: Pick<pg.Pool, 'query'>) => ({
  /** Undefined for a new person. */
  find: async (person: string): Promise<FoundPlace | undefined> => {
    const statement = { name: 'place_of', text: `${columns} recto.place_of($1)`, values: [person] }
    return rowsOf(await home.query(statement), Row)[0]
  },
  /** Chooses among `cells`, once. Undefined when none of them takes new people. */
  choose: async (person: string, cells: string[]): Promise<FoundPlace | undefined> => {
    const text = `${columns} recto.place_new_person($1, $2)`
    return rowsOf(await home.query({ name: 'place_new_person', text, values: [person, cells] }), Row)[0]
  },
  /** Notes that the cell knows the person, unless something of the person has changed meanwhile. */
  setIntroduced: async (person: string, { changed_at }: FoundPlace): Promise<void> => {
    const text = 'select recto.set_introduced($1, $2)'
    await home.query({ name: 'set_introduced', text, values: [person, changed_at] })
  },
})

export type Places = ReturnType<typeof createPlaces>

/** A cell that new people may come to. */
export const createReceivingCell = (pool: Pick<pg.Pool, 'query'>) => ({
  isReachable: async (): Promise<boolean> => (await pool.query('select 1')).rowCount === 1,
  /** Adds the person to the cell. Safe to repeat. */
  introduce: async (person: string, { is_anonymous }: FoundPlace): Promise<void> => {
    await pool.query({ name: 'introduce', text: 'select recto.introduce($1, $2)', values: [person, is_anonymous] })
  },
})

export type ReceivingCell = ReturnType<typeof createReceivingCell>
