import { setTimeout as delay } from 'node:timers/promises'
import { isUnreachable, sqlState } from '@recto/shared/database'

/** Whether Postgres rolled this transaction back in favour of another one. It changed nothing and may be repeated. */
const isConflict = (error: unknown): boolean => ['40001', '40P01'].includes(sqlState(error) ?? '')

/**
 * Repeats a write while the database cannot be reached, so that a restart of Postgres does not lose an answer that was
 * paid for. Only for writes that may happen twice: when the first one was committed but not acknowledged, the second one
 * changes nothing.
 * @throws what the write threw last, once `deadlineMs` have passed or for any other reason than an unreachable database
 * or a deadlock.
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
