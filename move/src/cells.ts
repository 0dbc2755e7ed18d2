import { HOME } from '@recto/shared/cells'
import { libpqUrl } from '@recto/shared/libpq-url'
import pg from 'pg'

export type Cell = { name: string; db: pg.Client }
export type Cells = { home: Cell; find(name: string): Cell; all: readonly Cell[]; close(): Promise<void> }

/** Connects to all cells as the owner of their databases. `onLost` is told of a connection that breaks. */
export const connectCells = async (
  homeUrl: string,
  others: Record<string, string>,
  onLost: (error: Error) => void,
): Promise<Cells> => {
  const all = await Promise.all(
    Object.entries({ [HOME]: homeUrl, ...others }).map(async ([name, url]): Promise<Cell> => {
      const db = new pg.Client({ connectionString: libpqUrl(url), application_name: 'recto_move' })
      await db.connect()
      db.on('error', ({ message }) => onLost(new Error(`the connection to the cell ${name} was lost: ${message}`)))
      await db.query(
        `set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = 0;
         set datestyle = iso; set timezone = 'UTC'; set extra_float_digits = 1; set recto.across_accounts = 'move'`,
      )
      return { name, db }
    }),
  )
  const find = (name: string): Cell => {
    const cell = all.find((one) => one.name === name)
    if (!cell) throw new Error(`there is no cell ${name}: RECTO_CELL_OWNERS names all but ${HOME}`)
    return cell
  }
  const close = async () => {
    await Promise.all(all.map(({ db }) => db.end()))
  }
  return { home: find(HOME), find, all, close }
}

/** Runs `work` in a transaction. `begin` may say which kind. */
export const inTransaction = async <T>({ db }: Cell, begin: string, work: () => Promise<T>): Promise<T> => {
  await db.query(begin)
  try {
    const result = await work()
    await db.query('commit')
    return result
  } catch (error) {
    await db.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Switches the triggers and foreign keys of this transaction off: rows are written as they are. */
export const asReplica = ({ db }: Cell) => db.query('set local session_replication_role = replica')
