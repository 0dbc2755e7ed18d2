import { personOf } from '@recto/local/people'
import type { Supabase } from '@recto/local/supabase'
import { startThrowaway } from '@recto/local/throwaway'
import pg from 'pg'
import { startInSteps } from './start-in-steps.ts'

/** People whose cell is known before they are added: an API reads the directory once a second. */
const PEOPLE = 1_000

const names = Array.from({ length: PEOPLE }, (_, n) => `person ${n} of cell b`)

/**
 * With RECTO_TEST_CELLS=on, the database of each test is the cell `b` of a deployment whose home cell has nobody: all
 * people of the test live in `b`, and APIs forward their requests to it (docs/scaling.md, "Cells").
 */
export const isTestedInCells = process.env.RECTO_TEST_CELLS === 'on'

export type HomeCell = {
  /** What an API needs to serve both cells. */
  env: Record<string, string>
  /** The name of the next person who lives in `b`. */
  nextName(): string
  stop(): Promise<void>
}

/** Starts a home cell without people, whose directory says that those to come live in the cell of `supabase`. */
export const startHomeCell = (supabase: Supabase): Promise<HomeCell> =>
  startInSteps(async (onStop) => {
    const home = await startThrowaway({})
    onStop(home.stop)
    const client = new pg.Client({ connectionString: home.adminUrl })
    await client.connect()
    await client.query(
      `insert into recto.account_cells (account_id, cell, move_id, closed)
     select id, 'b', gen_random_uuid(), true from unnest($1::uuid[]) as id`,
      [names.map((name) => personOf(name).id)],
    )
    await client.end()
    let last = 0
    return {
      env: {
        API_DATABASE_URL: home.apiDatabaseUrl,
        RECTO_CELLS: JSON.stringify({ b: { database_url: supabase.apiDatabaseUrl } }),
      },
      nextName: () => {
        const name = names[last++]
        if (name === undefined) throw new Error(`a test has more than ${PEOPLE} people`)
        return name
      },
    }
  })
