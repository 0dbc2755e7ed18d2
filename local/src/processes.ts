import { execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { until } from './until.ts'

export type Exit = { code: number | null; signal: NodeJS.Signals | null }
export type Child = {
  name: string
  pid: number
  logFile: string
  /** Resolves when the process is gone, however it ended. */
  exited: Promise<Exit>
  /** True until the process is gone. */
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
 * Starts a process of its own session, so that a terminal's Ctrl-C reaches only the launcher, which then stops the rest in
 * order. What it prints goes to `logFile`. Throws when the program cannot be started at all.
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

/** Asks a child to end by `signal`, and kills it when it is still there after the grace time. Resolves when it is gone. */
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

/** The command line of a running process; undefined when there is none with this pid. */
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
 * Ends a process that an earlier, crashed launcher left behind: `signals` in order, each with 5 s to work.
 * A pid whose command line does not hold `mark` belongs to somebody else and is left alone.
 */
export const endLeftoverProcess = async (pid: number, mark: string, signals: NodeJS.Signals[]): Promise<boolean> => {
  const ours = () => commandLineOf(pid)?.includes(mark) ?? false
  if (!ours()) return false
  for (const signal of signals) {
    process.kill(pid, signal)
    const gone = until(() => !ours(), { what: `the end of process ${pid}`, timeoutMs: 5_000 })
    if (await gone.then(() => true).catch(() => false)) break
  }
  return true
}
