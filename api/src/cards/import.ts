import { rowsOf, type Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import { createSemaphore } from '@recto/shared/semaphore'
import { z } from 'zod'
import type { Actor } from '../db/actor.ts'
import { retryOnDeadlock } from '../db/retry-on-deadlock.ts'
import type { WriteBeside } from '../db/write-as.ts'
import { incompleteBody, partsOf, tooLarge } from '../http/body-limit.ts'
import { type ImportResult, importBytes } from './file-contract.ts'
import type { ImportedCard, ImportIssue } from './formats/imported-card.ts'
import { type ImportFormat, MAX_CARDS, readCards } from './formats/read-cards.ts'
import { cardErrorOf, scopeOf } from './store.ts'

/** A statement with as many cards takes 0.1 s, so that it ends in time where other work has the cores. */
const cardsAtOnce = 250

/**
 * Imports of this process whose files are read and whose cards are stored, or wait for that. One stores at a time, because
 * it has a connection for up to a minute, which submissions would miss.
 */
const storesAtOnce = 2

/** What a card takes up in memory beside its text. */
const cardBytes = 256

/** The cards of two of the largest files. */
const usualMemoryBytes = 2 * (importBytes + MAX_CARDS * cardBytes)

const Counts = z.object({ created: z.int(), updated: z.int(), unchanged: z.int() })
type Counts = z.output<typeof Counts>

/** Ends the transaction of a dry run. */
class Rollback extends Error {
  readonly counts: Counts
  constructor(counts: Counts) {
    super('dry run')
    this.counts = counts
  }
}

/** @throws AppError unauthorized when the person does not exist any more, plan_limit with too many cards */
const storeCards = async (tx: Tx, cards: ImportedCard[]): Promise<Counts> => {
  const sum: Counts = { created: 0, updated: 0, unchanged: 0 }
  for (let at = 0; at < cards.length; at += cardsAtOnce) {
    const part = cards.slice(at, at + cardsAtOnce).map(({ line, ...card }) => card)
    const statement = {
      name: 'import_cards',
      text: 'select created, updated, unchanged from recto.import_cards($1)',
      values: [JSON.stringify(part)],
    }
    const counted = await tx.query(statement).catch((error: unknown) => {
      throw cardErrorOf(error)
    })
    for (const counts of rowsOf(counted, Counts)) {
      sum.created += counts.created
      sum.updated += counts.updated
      sum.unchanged += counts.unchanged
    }
  }
  return sum
}

/** Tells of the size of each part of a body before passing it on. @throws AppError payload_too_large */
async function* measured(body: ReadableStream<Uint8Array>, hold: (bytes: number) => void) {
  let size = 0
  for await (const part of partsOf(body)) {
    size += part.length
    if (size > importBytes) throw tooLarge(importBytes)
    hold(part.length)
    yield part
  }
}

/**
 * Reads all cards of a file, and what is wrong in it. `hold` is told how many more bytes they take up.
 * @throws AppError payload_too_large, invalid_request; what `hold` throws
 */
const readFile = async (format: ImportFormat, body: ReadableStream<Uint8Array>, hold: (bytes: number) => void) => {
  const cards: ImportedCard[] = []
  const issues: ImportIssue[] = []
  try {
    for await (const part of readCards(format, measured(body, hold))) {
      hold(part.cards.length * cardBytes)
      cards.push(...part.cards)
      issues.push(...part.issues)
    }
  } catch (error) {
    throw error instanceof AppError ? error : incompleteBody(error)
  }
  return { cards, issues }
}

const problemOf = (issues: ImportIssue[]) =>
  new AppError('invalid_request', 'Nothing of the file was stored.', {
    issues: issues.map(({ line, message }) => ({ path: `line ${line}`, message })),
  })

/** Submissions go on meanwhile, so nobody is to be alerted of it as of `overload`. */
const busy = () => new AppError('overloaded', 'Other imports are running.', { retryAfter: 5, countedAs: 'imports' })

export type ImportRequest = { format: ImportFormat; dryRun: boolean; body: ReadableStream<Uint8Array> }

/**
 * Adds the cards of a file to those of the caller: all in one transaction, or none when something is wrong in it. A dry
 * run does the same and takes it back. Files are read side by side as long as all of them fit into `memoryBytes`: an upload
 * that is slow holds little, so that it holds up nobody.
 * @throws AppError invalid_request with the lines, overloaded, unauthorized, plan_limit
 */
export const createImport = (writeBeside: WriteBeside, memoryBytes = usualMemoryBytes) => {
  const running = new Set<string>()
  const storing = createSemaphore({ places: 1 })
  let stores = 0
  let heldBytes = 0

  const store = async (actor: Actor, cards: ImportedCard[], dryRun: boolean): Promise<Counts> => {
    try {
      // The order in which a file names cards is not that in which others lock them.
      return await retryOnDeadlock(() =>
        writeBeside(actor, scopeOf(actor.caller), async (tx) => {
          const counts = await storeCards(tx, cards)
          if (dryRun) throw new Rollback(counts)
          return counts
        }),
      )
    } catch (error) {
      if (error instanceof Rollback) return error.counts
      throw error
    }
  }

  /** @throws AppError overloaded when as many wait as may */
  const storeInTurn = async (actor: Actor, cards: ImportedCard[], dryRun: boolean): Promise<Counts> => {
    if (stores >= storesAtOnce) throw busy()
    stores += 1
    try {
      return await storing.run(() => store(actor, cards, dryRun))
    } finally {
      stores -= 1
    }
  }

  return async (actor: Actor, { format, dryRun, body }: ImportRequest): Promise<ImportResult> => {
    const { userId } = actor.caller
    // A file that could not be stored need not be sent.
    if (running.has(userId) || stores >= storesAtOnce) throw busy()
    running.add(userId)
    let ownBytes = 0
    const hold = (bytes: number) => {
      ownBytes += bytes
      heldBytes += bytes
      if (heldBytes > memoryBytes) throw busy()
    }
    try {
      const { cards, issues } = await readFile(format, body, hold)
      if (issues.length > 0 && !dryRun) throw problemOf(issues)
      return { ...(await storeInTurn(actor, cards, dryRun)), issues }
    } finally {
      heldBytes -= ownBytes
      running.delete(userId)
    }
  }
}
