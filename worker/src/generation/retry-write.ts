import { setTimeout as delay } from 'node:timers/promises'
import { isUnreachable, sqlState } from '@recto/shared/database'

/** Postgres ended one of two transactions so that the other could go on: it changed nothing, and may be tried again. */
const isConflict = (error: unknown): boolean => ['40001', '40P01'].includes(sqlState(error) ?? '')

/**
 * Repeats a write while the database cannot be reached, so that a restart of Postgres does not cost an answer that was paid for.
 * Only for fenced writes: one that went through although its acknowledgement was lost finds its fence gone and changes nothing.
 * @throws what the write threw last, once `deadlineMs` have passed or for any other reason than an unreachable database or a deadlock.
 */
export const retryWrite = async <T>(write: () => Promise<T>, deadlineMs: number): Promise<T> => {
  const giveUpAt = performance.now() + deadlineMs
  for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
    try {
      return await write()
    } catch (error) {
      if (!(isUnreachable(error) || isConflict(error)) || performance.now() + pause > giveUpAt) throw error
      await delay(pause)
    }
  }
}
