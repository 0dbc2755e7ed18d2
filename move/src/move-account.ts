import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { HOME } from '@recto/shared/cells'
import { asReplica, type Cell, type Cells, inTransaction } from './cells.ts'
import { check } from './check.ts'
import { close } from './close.ts'
import { copy } from './copy.ts'
import { claim, findPlace, forget, write } from './directory.ts'
import { drop } from './drop.ts'
import { findGroup } from './group.ts'
import { guard } from './guard.ts'
import { removeRows } from './rows.ts'
import { movedTables } from './tables.ts'

/** How long APIs take to see a mark: they read the directory every second. Who has not seen it is refused by the cell. */
const SEEN_MS = 2_000

export type MoveInput = {
  account: string
  to: string
  /** Whether accounts that share people with it may move along. */
  withOthers: boolean
  /** How long to wait for what is under way, in milliseconds. */
  waitMs: number
}

type Move = { cells: Cells; from: Cell; to: Cell; account: string; moveId: string; group: string[] }

/** Says what is done. A move that is interrupted behind any line goes on when it is run again. */
type Say = (line: string) => void

/** Lets the accounts live where they were: nobody has seen the copy. */
const undo = async ({ cells, from, to, moveId, group }: Move): Promise<void> => {
  await inTransaction(to, 'begin', async () => {
    await asReplica(to)
    await removeRows(to, movedTables, group)
    if (to.name !== HOME) await forget(to, group)
  })
  if (from.name !== HOME) await forget(from, group)
  await write(cells.home, { group, cell: from.name, movingTo: null, moveId, closed: from.name !== HOME })
}

/** Lets people write in the cell where the accounts live now, and deletes what is left of them in all others. */
const settle = async (cells: Cells, livesIn: Cell, moveId: string, group: string[], say: Say): Promise<void> => {
  if (livesIn.name !== HOME) await forget(livesIn, group)
  for (const cell of cells.all) if (cell !== livesIn) await drop(cell, livesIn.name, moveId, group)
  say(`settled: ${group.length} accounts live in ${livesIn.name}`)
}

/** From the mark to the switch. Each step may be done again. */
const carry = async (move: Move, deadline: number, say: Say): Promise<void> => {
  const { cells, from, to, account, moveId, group } = move
  say('marked')
  await delay(SEEN_MS)
  try {
    await close(from, { account, moveId, group, to: to.name, deadline })
  } catch (error) {
    await undo(move)
    throw error
  }
  say('closed')
  await copy(from, to, moveId, group)
  say('copied')
  await write(cells.home, { group, cell: to.name, movingTo: null, moveId, closed: to.name !== HOME })
  say('switched')
}

const begin = async (move: Omit<Move, 'group'>, { withOthers }: MoveInput, deadline: number): Promise<string[]> => {
  const { cells, from, to, account, moveId } = move
  const group = await findGroup(from, account)
  if (group.length > 1 && !withOthers)
    throw new Error(
      `${group.length - 1} accounts share people with it and move along, so say --with-others: ${group.slice(0, 10).join(', ')}`,
    )
  await check(from, to, account, group)
  for (const cell of [from, to]) await guard(cell, deadline)
  await inTransaction(cells.home, 'begin', async () => {
    const cell = await claim(cells.home, account, { cell: from.name, moveId, closed: from.name !== HOME })
    if (cell !== from.name) throw new Error(`it has just come to ${cell} as a new person: move it once more`)
    await write(cells.home, { group, cell: from.name, movingTo: to.name, moveId, closed: from.name !== HOME })
  })
  return group
}

/** Waits for another move to end: two of the same account would copy what the other has deleted. */
const waitForTurn = ({ db }: Cell) => db.query(`select pg_advisory_lock(hashtextextended('recto.move', 0))`)

/** Moves an account and those that share people with it. Goes on with a move that was interrupted. */
export const moveAccount = async (cells: Cells, input: MoveInput, say: Say): Promise<void> => {
  const { account } = input
  const to = cells.find(input.to)
  await waitForTurn(cells.home)
  const deadline = Date.now() + input.waitMs
  const { cell, movingTo, moveId = randomUUID(), group: marked } = await findPlace(cells.home, account)
  const from = cells.find(cell)
  if (movingTo === null && from === to) return settle(cells, to, moveId, marked, say)
  if (movingTo !== null && from === to) {
    await undo({ cells, from, to: cells.find(movingTo), account, moveId, group: marked })
    return say(`undone: it stays in ${from.name}`)
  }
  if (movingTo !== null && movingTo !== to.name)
    throw new Error(`it is being moved to ${movingTo}: go on with that, or undo it by --to ${from.name}`)
  const move = { cells, from, to, account, moveId: movingTo === null ? randomUUID() : moveId }
  const group = movingTo === null ? await begin(move, input, deadline) : marked
  await carry({ ...move, group }, deadline, say)
  await settle(cells, to, move.moveId, group, say)
}
