import { setTimeout as delay } from 'node:timers/promises'
import { HOME } from '@recto/shared/cells'
import { AppError } from '@recto/shared/errors'
import type { VerifyToken } from '../auth/verify-token.ts'
import { callerOf } from '../auth.ts'
import { CELL_CHECK_MS } from '../deadlines.ts'
import type { Directory } from './directory.ts'
import { retryLater } from './forward-refusal.ts'
import type { FoundPlace, Places, ReceivingCell } from './places.ts'

type NewcomersDeps = {
  verify: VerifyToken
  places: Places
  /** All cells, by their names. */
  cells: ReadonlyMap<string, ReceivingCell>
  directory: Pick<Directory, 'placeOf' | 'note'>
}

/** Where the person of a request lives whom the directory does not know, or knows of while the home cell is away. */
export type PlaceOfNewcomer = (request: Pick<Request, 'headers'>) => Promise<Pick<FoundPlace, 'cell' | 'moving'>>

/**
 * Has a cell chosen for who is new, and makes people known in their cell. Done in this order and each step again after an
 * interruption, so that nobody is in two cells: the choice, the row of the person there, the note that it is there.
 */
export const createNewcomers = ({ verify, places, cells, directory }: NewcomersDeps): PlaceOfNewcomer => {
  const isReachable = (cell: ReceivingCell) =>
    Promise.race([cell.isReachable().catch(() => false), delay(CELL_CHECK_MS, false, { ref: false })])

  /** A cell that is away takes nobody. */
  const choose = async (person: string): Promise<FoundPlace> => {
    const asked = [...cells].map(async ([name, cell]) => ((await isReachable(cell)) ? [name] : []))
    const place = await places.choose(person, (await Promise.all(asked)).flat())
    if (!place) throw retryLater('database_unavailable', 'No cell that takes new people can be reached.')
    return place
  }

  /** Asks the home cell. While that is away, what it said last of somebody whose cell knows them holds. */
  const find = (person: string): Promise<FoundPlace | undefined> => {
    const asked = places.find(person)
    const known = directory.placeOf(person)
    if (!known?.introduced) return asked
    const last: FoundPlace = { ...known, is_anonymous: false, changed_at: null }
    return Promise.race([asked.catch(() => last), delay(CELL_CHECK_MS, last, { ref: false })])
  }

  const introduce = async (person: string, place: FoundPlace): Promise<void> => {
    const cell = cells.get(place.cell)
    if (!cell) throw retryLater('database_unavailable', 'The cell of this person is not known here.')
    await cell.introduce(person, place)
    await places.setIntroduced(person, place)
  }

  /** Undefined without a valid token. While nobody can say, the home cell might take it, and not be the person's. */
  const findCaller = (headers: Headers) =>
    callerOf(verify, headers.get('authorization') ?? undefined).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'unauthorized') return undefined
      throw error
    })

  return async ({ headers }) => {
    const caller = await findCaller(headers)
    // The home cell says what is wrong with the token.
    if (!caller) return { cell: HOME, moving: false }
    const person = caller.userId
    const place = (await find(person)) ?? (await choose(person))
    if (place.moving) return place
    if (!place.introduced) await introduce(person, place)
    directory.note(person, { cell: place.cell, moving: false, introduced: true })
    return place
  }
}
