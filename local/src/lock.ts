import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { LOCK_CHECK_MS } from './deadlines.ts'
import { until } from './until.ts'

/** The locks that this process holds. A lock ends with its connection, which must not be garbage-collected. */
const held = new Set<DatabaseSync>()

const SQLITE_BUSY = 5
const isBusy = (error: unknown) => error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY

/**
 * Opens the lock file and runs a statement that needs the lock; undefined when another process holds it. SQLite locks
 * by the operating system's file locks, which end with their process however it ends: no lock is ever left behind.
 */
const open = (file: string, statement: string): DatabaseSync | undefined => {
  const connection = new DatabaseSync(file, { timeout: LOCK_CHECK_MS })
  try {
    connection.exec(statement)
    return connection
  } catch (error) {
    connection.close()
    if (isBusy(error)) return undefined
    throw error
  }
}

const pidFile = (file: string) => `${file}.pid`

/** The pid that the holder wrote down. A probe of `lockHolder` holds the lock for a moment without writing one. */
const pidOf = (file: string) => (existsSync(pidFile(file)) ? Number(readFileSync(pidFile(file), 'utf8')) : 0)

/** The pid of the running process that holds the lock; undefined when none holds it. */
export const lockHolder = (file: string): number | undefined => {
  if (!existsSync(file)) return undefined
  const connection = open(file, 'SELECT 1 FROM sqlite_schema')
  connection?.close()
  return connection === undefined ? pidOf(file) : undefined
}

/** Takes a lock file for this process until `release` or its end. Answers the holder's pid when another one holds it. */
export const tryLock = (file: string): { release: () => void } | { heldBy: number } => {
  const connection = open(file, 'BEGIN EXCLUSIVE')
  if (connection === undefined) return { heldBy: pidOf(file) }
  writeFileSync(pidFile(file), String(process.pid))
  held.add(connection)
  return {
    release: () => {
      held.delete(connection)
      connection.close()
    },
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
