import { HOME } from '@recto/shared/cells'
import { asReplica, type Cell, inTransaction } from './cells.ts'
import { write } from './directory.ts'
import { removeRows } from './rows.ts'
import { droppedTables, movedTables } from './tables.ts'

/** Deletes the rows of a group in a cell where it does not live. People stay where they sign in. */
export const drop = (cell: Cell, livesIn: string, moveId: string, group: string[]): Promise<void> =>
  inTransaction(cell, 'begin', async () => {
    await asReplica(cell)
    await removeRows(cell, [...movedTables, ...droppedTables], group)
    if (cell.name === HOME) return
    await cell.db.query('delete from auth.users where id = any ($1)', [group])
    await write(cell, { group, cell: livesIn, movingTo: null, moveId, closed: true })
  })
