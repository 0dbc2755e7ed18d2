import { rowsOf, type Tx } from '@recto/shared/database'
import { AppError } from '@recto/shared/errors'
import { createSemaphore } from '@recto/shared/semaphore'
import { z } from 'zod'
import type { Actor } from '../db/actor.ts'
import { unlessDeadlocked } from '../db/unless-deadlocked.ts'
import type { WriteBeside } from '../db/write-as.ts'
import { incompleteBody } from '../http/body-limit.ts'
import type { ImportResult } from './file-contract.ts'
import type { ImportedCard, ImportIssue } from './formats/imported-card.ts'
import { type ImportFormat, readCards } from './formats/read-cards.ts'
import { cardErrorOf, scopeOf } from './store.ts'

/** A statement with as many cards takes 0.1 s, so that it ends in time where other work has the cores. */
const cardsAtOnce = 250

/**
 * Imports of this process that run at once. Each keeps the cards of its file in memory until they are stored. One of them
 * stores at a time, because it has a connection for up to a minute, which submissions would miss.
 */
const importsAtOnce = 2

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

/** Reads all cards of a file, and what is wrong in it. @throws AppError payload_too_large, invalid_request */
const readFile = async (format: ImportFormat, body: ReadableStream<Uint8Array>) => {
  const cards: ImportedCard[] = []
  const issues: ImportIssue[] = []
  try {
    for await (const part of readCards(format, body)) {
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

export type ImportRequest = { format: ImportFormat; dryRun: boolean; body: ReadableStream<Uint8Array> }

/**
 * Adds the cards of a file to those of the caller: all in one transaction, or none when something is wrong in it. A dry
 * run does the same and takes it back.
 * @throws AppError invalid_request with the lines, overloaded, unauthorized, plan_limit
 */
export const createImport = (writeBeside: WriteBeside) => {
  const running = new Set<string>()
  const storing = createSemaphore({ places: 1 })

  const store = async (actor: Actor, cards: ImportedCard[], dryRun: boolean): Promise<Counts> => {
    try {
      // The order in which a file names cards is not that in which others lock them.
      return await unlessDeadlocked(() =>
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

  return async (actor: Actor, { format, dryRun, body }: ImportRequest): Promise<ImportResult> => {
    const { userId } = actor.caller
    if (running.has(userId) || running.size >= importsAtOnce)
      throw new AppError('overloaded', 'Another import is running.', { retryAfter: 5 })
    running.add(userId)
    try {
      const { cards, issues } = await readFile(format, body)
      if (issues.length > 0 && !dryRun) throw problemOf(issues)
      return { ...(await storing.run(() => store(actor, cards, dryRun))), issues }
    } finally {
      running.delete(userId)
    }
  }
}
