import { cellsVariable, HOME } from '@recto/shared/cells'
import { postgresUrl } from '@recto/shared/env'
import { z } from 'zod'

const Cell = z.strictObject({ database_url: postgresUrl, listen_database_url: postgresUrl.optional() })

/** RECTO_CELLS: further cells by their names. */
export const furtherCells = cellsVariable(Cell)

/** Where the database of a cell is, and the environment variables that say so. */
export type CellAddress = {
  cell: string
  url: string
  /** Undefined: what the database notifies is listened to at `url`. */
  listenUrl: string | undefined
  variables: { url: string; listenUrl: string }
}

type CellsEnvironment = {
  API_DATABASE_URL: string
  API_LISTEN_DATABASE_URL?: string | undefined
  RECTO_CELLS: z.output<typeof furtherCells>
}

/** The addresses of all cells, the home cell first. */
export const addressesOf = (env: CellsEnvironment): [home: CellAddress, ...others: CellAddress[]] => [
  {
    cell: HOME,
    url: env.API_DATABASE_URL,
    listenUrl: env.API_LISTEN_DATABASE_URL,
    variables: { url: 'API_DATABASE_URL', listenUrl: 'API_LISTEN_DATABASE_URL' },
  },
  ...Object.entries(env.RECTO_CELLS).map(([cell, { database_url, listen_database_url }]) => ({
    cell,
    url: database_url,
    listenUrl: listen_database_url,
    variables: {
      url: `database_url of ${cell} in RECTO_CELLS`,
      listenUrl: `listen_database_url of ${cell} in RECTO_CELLS`,
    },
  })),
]
