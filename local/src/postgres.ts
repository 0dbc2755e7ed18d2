import { execFile } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeAccessibleFolder, parentFolder } from './accessible-folder.ts'
import { POSTGRES_CHECK_MS } from './deadlines.ts'
import { canEnter, type RunAs } from './postgres-user.ts'
import { type Child, childReady, endLeftoverProcess, startChild } from './processes.ts'

const run = promisify(execFile)

// The programs inherit nothing else, so that no PG* variable and no locale of the caller changes what they do.
const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  superuser_reserved_connections: '5',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  wal_level: 'logical',
  shared_preload_libraries: 'pg_stat_statements',
  log_destination: 'stderr',
  timezone: 'UTC',
}

/**
 * Settings of data that is thrown away. Its passwords are random and travel over the loopback address only, so a client
 * need not spend milliseconds at each connection on making them hard to guess.
 */
const throwawaySettings = { fsync: 'off', scram_iterations: '1' }

/** The data directory of a home; undefined in a home that never had one. */
export const findDataDir = (homeDir: string): string | undefined => {
  const link = join(homeDir, 'postgres')
  return existsSync(link) ? join(realpathSync(link), 'data') : undefined
}

/**
 * The data directory of a home. It is outside of the home when the user that Postgres runs as cannot enter the home.
 * The folder around it is made when missing.
 */
export const locateDataDir = (homeDir: string, runAs: RunAs): string => {
  const found = findDataDir(homeDir)
  if (found !== undefined) return found
  const link = join(homeDir, 'postgres')
  if (!canEnter(homeDir, runAs)) return join(makeAccessibleFolder(link), 'data')
  mkdirSync(link, { mode: 0o711 })
  return join(link, 'data')
}

export type DataDirOptions = {
  initdb: string
  dataDir: string
  /** Of the superuser supabase_admin. */
  password: string
  runAs: RunAs
  durable: boolean
}

/** Replaces a data directory by a new one with an empty database and the superuser supabase_admin. */
export const createDataDir = async ({ initdb, dataDir, password, runAs, durable }: DataDirOptions): Promise<void> => {
  rmSync(dataDir, { recursive: true, force: true })
  mkdirSync(dataDir, { mode: 0o700 })
  const scratch = mkdtempSync(join(parentFolder(), 'recto-init-'))
  const passwordFile = join(scratch, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (runAs) for (const path of [dataDir, scratch, passwordFile]) chownSync(path, runAs.uid, runAs.gid)
  chmodSync(dataDir, 0o700)
  const locale = ['--encoding=UTF8', '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  // Each throwaway system copies the data, of which a segment of 16 MB would be a third.
  const copied = durable ? [] : ['--wal-segsize=1', '--set=scram_iterations=1']
  const login = ['--username=supabase_admin', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  try {
    await run(initdb, [`--pgdata=${dataDir}`, '--no-instructions', '--no-sync', ...locale, ...login, ...copied], {
      cwd: '/',
      env,
      ...runAs,
    })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

type Postmaster = { pid: number; status: string | undefined }

/** The process that Postgres' lock file names; undefined when there is no such file. */
const postmaster = (dataDir: string): Postmaster | undefined => {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), status: lines[7]?.trim() }
  } catch {
    return undefined
  }
}

/** Ends a Postgres that still runs on this data because the process that started it was killed. */
export const endLeftoverPostgres = async (dataDir: string): Promise<void> => {
  const found = postmaster(dataDir)
  if (found) await endLeftoverProcess(found.pid, dataDir, ['SIGINT', 'SIGQUIT', 'SIGKILL'])
}

export type PostgresOptions = {
  program: string
  dataDir: string
  port: number
  logFile: string
  runAs: RunAs
  /** False turns fsync off, so a crash of the machine loses the data. */
  durable: boolean
}

/**
 * Starts Postgres and waits until it accepts connections.
 * @throws Error with the end of its log when it does not start; it has ended then
 */
export const startPostgres = async (options: PostgresOptions): Promise<Child> => {
  const { program, dataDir, port, logFile, runAs, durable } = options
  const all = { ...settings, port: String(port), ...(durable ? { fsync: 'on' } : throwawaySettings) }
  const args = ['-D', dataDir, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const child = await startChild({ name: 'postgres', command: program, args, env, logFile, runAs })
  await childReady(child, {
    title: 'Postgres',
    everyMs: POSTGRES_CHECK_MS,
    isReady: () => {
      const now = postmaster(dataDir)
      return now?.pid === child.pid && now.status === 'ready'
    },
  })
  return child
}
