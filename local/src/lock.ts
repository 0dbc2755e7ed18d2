import { existsSync, linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { LOCK_CHECK_MS } from './deadlines.ts'
import { commandLineOf } from './processes.ts'
import { until } from './until.ts'

/** The pid of the running process that holds the lock; undefined when none holds it. */
export const lockHolder = (file: string): number | undefined => {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    // In a container, a crashed process may have had the pid of this one. Its file is older than this process.
    if (pid === process.pid) return statSync(file).mtimeMs >= Date.now() - process.uptime() * 1000 ? pid : undefined
    // Another program may have got the pid since. Only a Node process can hold the lock.
    return commandLineOf(pid)?.includes('node') ? pid : undefined
  } catch {
    return undefined
  }
}

/** How long a takeover takes at most, in milliseconds. An older one is of a process that was killed. */
const TAKEOVER_MS = 5_000

/** Takes over the lock of a process that has ended. Of several that try, one does, and the others see it as the holder. */
const takeOver = (file: string, own: string, release: () => void): ReturnType<typeof tryLock> => {
  const takeover = `${file}.takeover`
  try {
    linkSync(own, takeover)
  } catch {
    const begun = statSync(takeover, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (Date.now() - begun > TAKEOVER_MS) rmSync(takeover, { force: true })
    return { heldBy: lockHolder(takeover) ?? process.pid }
  }
  try {
    const pid = lockHolder(file)
    if (pid !== undefined) return { heldBy: pid }
    renameSync(own, file)
    return { release }
  } finally {
    rmSync(takeover, { force: true })
  }
}

/**
 * Takes a lock file for this process, also when its holder no longer runs. Answers the holder's pid when it does run.
 */
export const tryLock = (file: string): { release: () => void } | { heldBy: number } => {
  const release = () => rmSync(file, { force: true })
  // A link is made at once and with its content: another process never sees a lock without a holder.
  const own = `${file}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    linkSync(own, file)
    return { release }
  } catch {
    const pid = lockHolder(file)
    if (pid !== undefined) return { heldBy: pid }
    return existsSync(file) ? takeOver(file, own, release) : tryLock(file)
  } finally {
    rmSync(own, { force: true })
  }
}

/**
 * Waits for the lock, then runs `work` while holding it.
 * @throws Error after `timeoutMs` of waiting, and what `work` throws
 */
export const withLock = async <T>(file: string, timeoutMs: number, work: () => Promise<T>): Promise<T> => {
  let release: (() => void) | undefined
  await until(
    () => {
      const attempt = tryLock(file)
      if ('release' in attempt) release = attempt.release
      return release !== undefined
    },
    { what: `waiting for the lock ${file}`, timeoutMs, everyMs: LOCK_CHECK_MS },
  )
  try {
    return await work()
  } finally {
    release?.()
  }
}
