import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { median, ms } from './numbers.ts'

/** CPU time in milliseconds. */
type Cpu = { process: number; backends: number }

/** What a process and the database have used so far. `wal` is in bytes. */
export type Used = Cpu & { commits: number; fsyncs: number; wal: number }

/** Processes and their back ends, whose application_name begins with `name`. */
export type Measured = { pid: number | readonly number[]; name: string }

/** Back ends report their counters at most once per second. */
const REPORT_MS = 1_200

/** The step in which the kernel tells the CPU time of a whole process, in milliseconds. */
const TICK_MS = 10

const cpuOfThreads = (pid: number): number => {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  )
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6
}

/** With that of threads that have ended. A program's name may contain anything, so fields are counted behind it. */
const cpuInTicks = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/**
 * The CPU time of a process, in milliseconds; 0 when it has ended. Of its two figures, that of the threads is exact but
 * lacks those that have ended, as most of PostgREST's have. Neither is ever too high.
 */
const cpuOf = (pid: number): number => {
  try {
    return Math.max(cpuOfThreads(pid), cpuInTicks(pid))
  } catch {
    return 0
  }
}

const readCpu = async (admin: pg.Pool, { pid, name }: Measured): Promise<Cpu> => {
  const { rows } = await admin.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name like $1 || '%'`,
    [name],
  )
  const sum = (pids: readonly number[]) => pids.reduce((total, one) => total + cpuOf(one), 0)
  return { process: sum([pid].flat()), backends: sum(rows.map((row) => row.pid)) }
}

const readUsed = async (admin: pg.Pool, measured: Measured): Promise<Used> => {
  await delay(REPORT_MS)
  const { rows } = await admin.query<Omit<Used, keyof Cpu>>(
    `select xact_commit::float8 as commits, wal_sync::float8 as fsyncs, wal_bytes::float8 as wal
     from pg_stat_database, pg_stat_wal where datname = current_database()`,
  )
  const [row] = rows
  if (!row) throw new RangeError('the database has no statistics')
  return { ...row, ...(await readCpu(admin, measured)) }
}

/** How many milliseconds of CPU time each operation of `work` takes, which returns their number. Linux only. */
export const measureCpu = async (admin: pg.Pool, measured: Measured, work: () => Promise<number>): Promise<number> => {
  const before = await readCpu(admin, measured)
  const operations = await work()
  const after = await readCpu(admin, measured)
  return cpu({ process: after.process - before.process, backends: after.backends - before.backends }) / operations
}

/** The CPU time of both. */
export const cpu = ({ process, backends }: Cpu): number => process + backends

/** Makes a `Used` of which each figure comes from `of`. */
const eachFigure = (of: (figure: keyof Used) => number): Used => ({
  process: of('process'),
  backends: of('backends'),
  commits: of('commits'),
  fsyncs: of('fsyncs'),
  wal: of('wal'),
})

/**
 * Measures what processes, their back ends and the database use while `work` runs, per operation. `work` returns the number
 * of operations. Linux only.
 */
export const measureUsed = async (admin: pg.Pool, measured: Measured, work: () => Promise<number>): Promise<Used> => {
  const before = await readUsed(admin, measured)
  const operations = await work()
  const after = await readUsed(admin, measured)
  return eachFigure((figure) => (after[figure] - before[figure]) / operations)
}

/** The median of each figure. */
export const medianUsed = (used: readonly Used[]): Used =>
  eachFigure((figure) => median(used.map((one) => one[figure])))

export const writeUsed = ({ process, backends, commits, fsyncs, wal }: Used): string =>
  `${ms(process)} + Postgres ${ms(backends)}, ${commits.toFixed(2)} commits, ${fsyncs.toFixed(2)} fsyncs, ${(wal / 1000).toFixed(1)} kB of WAL`
