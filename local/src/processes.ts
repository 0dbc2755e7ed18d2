import { execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { END_MS, LEFTOVER_END_MS, START_MS } from './deadlines.ts'
import { until } from './until.ts'

export type Exit = { code: number | null; signal: NodeJS.Signals | null }
export type Child = {
  name: string
  pid: number
  logFile: string
  /** Resolves when the process has ended, however it ended. */
  exited: Promise<Exit>
  /** True until the process has ended. */
  alive: () => boolean
  kill: (signal: NodeJS.Signals) => void
}

export type ChildOptions = {
  name: string
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
  logFile: string
  runAs?: { uid: number; gid: number } | undefined
}

/**
 * Starts a process that logs to `logFile`. It has a session of its own, so that Ctrl-C in a terminal reaches only the
 * launching process, which then stops the others in order.
 * @throws Error when the program cannot be started
 */
export const startChild = ({ name, command, args, env, logFile, runAs }: ChildOptions): Promise<Child> => {
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(command, args, { cwd: '/', env, detached: true, stdio: ['ignore', log, log], ...runAs })
  closeSync(log)
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  const alive = () => child.exitCode === null && child.signalCode === null
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`cannot start ${name}: ${error.message}`)))
    child.once('spawn', () => {
      const pid = child.pid
      if (pid !== undefined) resolve({ name, pid, logFile, exited, alive, kill: (signal) => void child.kill(signal) })
    })
  })
}

/** Sends `signal` to a child and kills it when it has not ended after the grace time. Resolves when it has ended. */
export const stopChild = async (child: Child, signal: NodeJS.Signals, graceMs: number): Promise<void> => {
  if (!child.alive()) return
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await child.exited
  clearTimeout(timer)
}

/** The last lines of a child's log, for an error message. */
export const logTail = (logFile: string, lines = 12): string =>
  readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')

type Readiness = {
  title: string
  isReady: () => boolean | Promise<boolean>
  timeoutMs?: number
  everyMs?: number
  /** Ends the wait. */
  signal?: AbortSignal | undefined
}

/**
 * Waits until a process that was started is ready, and ends it when it does not become so.
 * @throws Error with the end of its log when it ends before that, or takes too long; the reason of `signal`
 */
export const childReady = async (
  child: Child,
  { title, isReady, timeoutMs = START_MS, everyMs, signal }: Readiness,
): Promise<void> => {
  const check = () => {
    signal?.throwIfAborted()
    if (!child.alive()) throw new Error(`${title} did not start`)
    return isReady()
  }
  try {
    await until(check, { what: `the start of ${title}`, timeoutMs, ...(everyMs !== undefined && { everyMs }) })
  } catch (error) {
    await stopChild(child, 'SIGINT', END_MS)
    signal?.throwIfAborted()
    throw new Error(`${error instanceof Error ? error.message : error}:\n${logTail(child.logFile)}`)
  }
}

/** The command line of a running process; undefined when no process has this pid. */
export const commandLineOf = (pid: number): string | undefined => {
  if (!Number.isInteger(pid) || pid <= 1) return undefined
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    const zombie = /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return zombie ? undefined : readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return undefined
  }
}

/**
 * Ends a process of an earlier start by `signals` in order, and waits `LEFTOVER_END_MS` after each one. Answers whether
 * the pid was such a process: a process without `mark` in its command line is another program and keeps running.
 */
export const endLeftoverProcess = async (pid: number, mark: string, signals: NodeJS.Signals[]): Promise<boolean> => {
  const ours = () => commandLineOf(pid)?.includes(mark) ?? false
  if (!ours()) return false
  for (const signal of signals) {
    process.kill(pid, signal)
    const gone = until(() => !ours(), { what: `the end of process ${pid}`, timeoutMs: LEFTOVER_END_MS })
    if (await gone.then(() => true).catch(() => false)) break
  }
  return true
}
