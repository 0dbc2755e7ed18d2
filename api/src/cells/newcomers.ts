import { setTimeout as delay } from 'node:timers/promises'
import { HOME } from '@recto/shared/cells'
import { AppError } from '@recto/shared/errors'
import type { VerifyToken } from '../auth/verify-token.ts'
import { callerOf } from '../auth.ts'
import { CELL_CHECK_MS } from '../deadlines.ts'
import type { Directory } from './directory.ts'
import type { FoundPlace, GuestBook, Places } from './places.ts'

type NewcomersDeps = {
  verify: VerifyToken
  places: Places
  /** Of all cells, by their names. */
  guestBooks: ReadonlyMap<string, GuestBook>
  note: Directory['note']
}

/** Seconds until a cell that is away may be back. */
const AGAIN = 2

const unavailable = (detail: string) => new AppError('database_unavailable', detail, { retryAfter: AGAIN })

/** Where the person of a request lives, whom the directory does not know or whose cell does not know them. */
export type PlaceOfNewcomer = (request: Pick<Request, 'headers'>) => Promise<Pick<FoundPlace, 'cell' | 'moving'>>

/**
 * Has a cell chosen for who is new, and makes people known in their cell. Done in this order and each step again after an
 * interruption, so that nobody is in two cells: the choice, the row of the person there, the note that it is there.
 */
export const createNewcomers = ({ verify, places, guestBooks, note }: NewcomersDeps): PlaceOfNewcomer => {
  const isThere = (book: GuestBook) =>
    Promise.race([book.isThere().catch(() => false), delay(CELL_CHECK_MS, false, { ref: false })])

  /** A cell that is away takes nobody. */
  const choose = async (person: string): Promise<FoundPlace> => {
    const asked = [...guestBooks].map(async ([name, book]) => ((await isThere(book)) ? [name] : []))
    const place = await places.choose(person, (await Promise.all(asked)).flat())
    if (!place) throw unavailable('No cell that takes new people can be reached.')
    return place
  }

  const introduce = async (person: string, place: FoundPlace): Promise<void> => {
    const book = guestBooks.get(place.cell)
    if (!book) throw unavailable('The cell of this person is not known here.')
    await book.introduce(person, place)
    await places.setIntroduced(person, place)
  }

  return async ({ headers }) => {
    const caller = await callerOf(verify, headers.get('authorization') ?? undefined).catch(() => undefined)
    // The home cell says what is wrong with the token.
    if (!caller) return { cell: HOME, moving: false }
    const person = caller.userId
    const place = (await places.find(person)) ?? (await choose(person))
    if (!place.introduced && !place.moving) await introduce(person, place)
    note(person, { cell: place.cell, moving: place.moving, introduced: true })
    return place
  }
}
