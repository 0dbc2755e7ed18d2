import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { TEMPLATE_MS } from './deadlines.ts'
import { projectRoot, writePrivate } from './home.ts'
import { endLeftoverProcesses } from './leftover-processes.ts'
import { lockHolder, tryLock, withLock } from './lock.ts'
import { migrationStamp } from './migrate.ts'
import { endLeftoverPostgres, findDataDir, locateDataDir } from './postgres.ts'
import { postgresUser } from './postgres-user.ts'
import { type Supabase, startSupabase } from './supabase.ts'

const run = promisify(execFile)
const cache = join(projectRoot, '.recto', 'cache')
const prefix = 'recto-test-'
const lockOf = (dir: string) => join(dir, 'lock.db')

export type ThrowawayOptions = {
  /** False leaves Recto's migrations out. */
  migrate?: boolean
  /** True turns fsync on, as in production. Benchmarks need it. */
  durable?: boolean
}

/** The home of a stopped system to copy. It is made once for each state of the migrations; older ones are removed. */
const openTemplate = async (migrate: boolean, durable: boolean): Promise<string> => {
  const kind = `template-${durable ? 'durable-' : ''}${migrate ? 'full' : 'bare'}-`
  const bootstrap = readFileSync(new URL('./bootstrap.sql', import.meta.url))
  const state = createHash('sha256')
    .update(bootstrap)
    .update(readFileSync(new URL('./postgres.ts', import.meta.url)))
    .update(migrate ? migrationStamp() : 'bare')
  const template = join(cache, `${kind}${state.digest('hex').slice(0, 16)}`)
  if (existsSync(join(template, 'complete'))) return template
  const old = readdirSync(cache).filter((name) => name.startsWith(kind))
  for (const name of old) rmSync(join(cache, name), { recursive: true })
  const supabase = await startSupabase({ home: template, migrate, durable })
  await supabase.stop()
  writeFileSync(join(template, 'complete'), '')
  return template
}

const pidsSchema = z.record(z.string(), z.number())

/** Ends the processes of a throwaway system and removes its files. */
const remove = async (home: string): Promise<void> => {
  const pids = join(home, 'pids.json')
  if (existsSync(pids)) await endLeftoverProcesses(pidsSchema.parse(JSON.parse(readFileSync(pids, 'utf8'))))
  const data = findDataDir(home)
  if (data !== undefined) {
    await endLeftoverPostgres(data)
    rmSync(join(data, '..'), { recursive: true, force: true })
  }
  rmSync(home, { recursive: true, force: true })
}

/** Removes the systems of test processes that were killed. */
const removeLeftovers = async (): Promise<void> => {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const home = join(tmpdir(), name)
    const mine = statSync(home, { throwIfNoEntry: false })?.uid === process.getuid?.()
    if (mine && existsSync(lockOf(home)) && lockHolder(lockOf(home)) === undefined) await remove(home)
  }
}

/**
 * Starts a Supabase for one test file or one measurement, from a prepared copy in about a second. It shares no port and
 * no person with another one. `stop()` removes all of it, and it also ends with this process.
 */
export const startThrowaway = async ({ migrate = true, durable = false }: ThrowawayOptions = {}): Promise<Supabase> => {
  const runAs = postgresUser()
  mkdirSync(cache, { recursive: true })
  const { home, release } = await withLock(lockOf(cache), TEMPLATE_MS, async () => {
    await removeLeftovers()
    // Made while the lock of the cache is held: nobody takes a home for a leftover before it has its lock.
    const home = mkdtempSync(join(tmpdir(), prefix))
    chmodSync(home, 0o711)
    const lock = tryLock(lockOf(home))
    if ('heldBy' in lock) throw new Error(`process ${lock.heldBy} took the new folder ${home} for a leftover`)
    const template = await openTemplate(migrate, durable)
    copyFileSync(join(template, 'secrets.json'), join(home, 'secrets.json'))
    const data = join(realpathSync(join(template, 'postgres')), 'data')
    await run('cp', ['-pR', data, locateDataDir(home, runAs)])
    return { home, release: lock.release }
  })
  const supabase = await startSupabase({ home, migrate: false, durable })
  writePrivate(join(home, 'pids.json'), Object.fromEntries(supabase.children().map(({ name, pid }) => [name, pid])))
  const endNow = () => {
    for (const child of supabase.children()) child.kill(child.name === 'postgres' ? 'SIGQUIT' : 'SIGKILL')
  }
  process.once('exit', endNow)
  // Vitest ends the process of a test file by a signal, which does not raise 'exit' by itself.
  if (process.listenerCount('SIGTERM') === 0) process.once('SIGTERM', () => process.exit(143))
  return {
    ...supabase,
    stop: async () => {
      process.off('exit', endNow)
      await supabase.stop('immediate')
      await remove(home)
      release()
    },
  }
}
