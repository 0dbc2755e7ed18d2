import { sqlState } from '@recto/shared/database'

/** Repeats work that a deadlock rolled back: others may lock the same rows in another order. */
export const retryOnDeadlock = async <T>(work: () => Promise<T>, tries = 3): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (sqlState(error) !== '40P01' || tries <= 1) throw error
    return retryOnDeadlock(work, tries - 1)
  }
}
