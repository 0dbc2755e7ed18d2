import { setTimeout as delay } from 'node:timers/promises'
import { CHECK_MS } from './deadlines.ts'

type UntilOptions = { what: string; timeoutMs: number; everyMs?: number }

/**
 * Polls `check` until it answers true.
 * @throws Error that names `what` after `timeoutMs`, and what `check` throws
 */
export const until = async (check: () => boolean | Promise<boolean>, options: UntilOptions): Promise<void> => {
  const deadline = Date.now() + options.timeoutMs
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`${options.what} took longer than ${options.timeoutMs / 1000} s`)
    await delay(options.everyMs ?? CHECK_MS)
  }
}
