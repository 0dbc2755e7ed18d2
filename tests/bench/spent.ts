import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'

/** What a process and the database have used so far. CPU times are in milliseconds, `wal` is in bytes. */
export type Used = { process: number; backends: number; commits: number; fsyncs: number; wal: number }

/** Back ends report their counters at most once per second. */
const REPORT_MS = 1_200

/** The CPU time of all threads of a process, in milliseconds; 0 when the process has ended. */
const cpuOf = (pid: number): number => {
  try {
    const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
    )
    return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6
  } catch {
    return 0
  }
}

const countersOf = async (admin: pg.Pool, name: string) => {
  const { rows } = await admin.query<Omit<Used, 'process' | 'backends'> & { pids: number[] }>(
    `select array(select pid from pg_stat_activity where application_name like $1 || '%') as pids,
      xact_commit::float8 as commits, wal_sync::float8 as fsyncs, wal_bytes::float8 as wal
     from pg_stat_database, pg_stat_wal where datname = current_database()`,
    [name],
  )
  const [row] = rows
  if (!row) throw new RangeError('the database has no statistics')
  return row
}

/**
 * Measures what a process, its back ends (whose application_name begins with `name`) and the database use while `work`
 * runs, per operation. `work` returns the number of operations. Linux only.
 */
export const measureUsed = async (
  admin: pg.Pool,
  { pid, name }: { pid: number; name: string },
  work: () => Promise<number>,
): Promise<Used> => {
  const read = async (): Promise<Used> => {
    await delay(REPORT_MS)
    const { pids, ...counters } = await countersOf(admin, name)
    const backends = pids.reduce((sum, pid) => sum + cpuOf(pid), 0)
    return { ...counters, process: cpuOf(pid), backends }
  }
  const before = await read()
  const operations = await work()
  const after = await read()
  const each = (name: keyof Used) => (after[name] - before[name]) / operations
  return {
    process: each('process'),
    backends: each('backends'),
    commits: each('commits'),
    fsyncs: each('fsyncs'),
    wal: each('wal'),
  }
}
