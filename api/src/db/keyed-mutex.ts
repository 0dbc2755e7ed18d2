import { AppError } from '@recto/shared/errors'

/** Runs the pieces of work of one name one after the other. Other names do not wait for them. */
export type KeyedMutex = <T>(name: string, work: () => Promise<T>) => Promise<T>

/**
 * Creates a mutex whose callers wait at most `ms` for their turn.
 * @throws AppError database_unavailable after that; else what `work` throws
 */
export const createKeyedMutex = (ms: number): KeyedMutex => {
  const last = new Map<string, Promise<void>>()

  const wait = async (before: Promise<void>) => {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new AppError('database_unavailable', undefined, { retryAfter: 1 })), ms)
    await Promise.race([before, late.promise]).finally(() => clearTimeout(timer))
  }

  return async (name, work) => {
    const before = last.get(name)
    const { promise: done, resolve: finish } = Promise.withResolvers<void>()
    const turn = before ? before.then(() => done) : done
    last.set(name, turn)
    void turn.then(() => {
      if (last.get(name) === turn) last.delete(name)
    })
    try {
      if (before) await wait(before)
      return await work()
    } finally {
      finish()
    }
  }
}
