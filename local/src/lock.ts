import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { commandLineOf } from './processes.ts'
import { until } from './until.ts'

/** The pid of the living process that holds the lock; undefined when nobody does. */
export const lockHolder = (file: string): number | undefined => {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    // In a container the pid of this process may well be that of a crashed earlier one: then the file is older than we are.
    if (pid === process.pid) return statSync(file).mtimeMs >= Date.now() - process.uptime() * 1000 ? pid : undefined
    // A pid may have been given away since: only a Node process can be a holder.
    return commandLineOf(pid)?.includes('node') ? pid : undefined
  } catch {
    return undefined
  }
}

/** Takes a lock file for this process, over a dead holder too. Answers the pid of the living holder when there is one. */
export const tryLock = (file: string): { release: () => void } | { heldBy: number } => {
  const release = () => rmSync(file, { force: true })
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return { release }
  } catch {
    const pid = lockHolder(file)
    if (pid !== undefined) return { heldBy: pid }
    writeFileSync(file, String(process.pid))
    return { release }
  }
}

/** Runs `work` while holding the lock, waiting for another holder first. Throws after `timeoutMs` of waiting. */
export const withLock = async <T>(file: string, timeoutMs: number, work: () => Promise<T>): Promise<T> => {
  let release: (() => void) | undefined
  await until(
    () => {
      const attempt = tryLock(file)
      if ('release' in attempt) release = attempt.release
      return release !== undefined
    },
    { what: `waiting for the lock ${file}`, timeoutMs, everyMs: 50 },
  )
  try {
    return await work()
  } finally {
    release?.()
  }
}
