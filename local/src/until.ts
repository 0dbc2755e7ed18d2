import { setTimeout as delay } from 'node:timers/promises'

type UntilOptions = { what: string; timeoutMs: number; everyMs?: number }

/** Asks `check` until it answers true. Throws, naming `what`, when the deadline passes; what `check` throws goes through. */
export const until = async (check: () => boolean | Promise<boolean>, options: UntilOptions): Promise<void> => {
  const deadline = Date.now() + options.timeoutMs
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`${options.what} took longer than ${options.timeoutMs / 1000} s`)
    await delay(options.everyMs ?? 25)
  }
}
