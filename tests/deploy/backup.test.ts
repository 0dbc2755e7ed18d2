import { execFile } from 'node:child_process'
import { chmodSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from '@recto/local/home'
import { freePort } from '@recto/local/ports'
import { postgresUser } from '@recto/local/postgres-user'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const scripts = join(projectRoot, 'deploy', 'backup')
// Debian's Postgres: the one of the packages has no pg_basebackup.
const programs = dirname(globSync('/usr/lib/postgresql/*/bin/initdb')[0] ?? '')

let folder: string
let backups: string
let port: number
const data = () => join(folder, 'data')
const identity = postgresUser()
const environment = () => ({
  PATH: `${programs}:${process.env.PATH}`,
  PGHOST: '127.0.0.1',
  PGPORT: String(port),
  PGUSER: 'owner',
  PGDATABASE: 'postgres',
  BACKUP_FOLDER: backups,
})
/** Runs a program of Postgres or a script as the user that Postgres runs as. */
const asPostgres = (program: string, args: string[], env: Record<string, string> = {}) =>
  run(program, args, { ...identity, cwd: folder, env: { ...environment(), ...env } })
const settings = () => `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder}`
const startPostgres = (pgdata: string) =>
  asPostgres('pg_ctl', ['-D', pgdata, '-w', '-s', '-l', join(folder, 'log'), '-o', settings(), 'start'])
const stopPostgres = (pgdata: string) => asPostgres('pg_ctl', ['-D', pgdata, '-m', 'fast', '-s', 'stop'])
const people = async () => {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'owner', database: 'postgres' })
  await client.connect()
  const { rows } = await client.query<{ email: string }>('select email from auth.users order by email')
  await client.end()
  return rows.map(({ email }) => email)
}
const execute = async (statements: string) => {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'owner', database: 'postgres' })
  await client.connect()
  await client.query(statements).finally(() => client.end())
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'recto-backup-'))
  backups = join(folder, 'backups')
  chmodSync(folder, 0o777)
  mkdirSync(backups)
  chmodSync(backups, 0o777)
  port = await freePort()
  await asPostgres('initdb', ['-D', data(), '-U', 'owner', '--auth=trust', '--encoding=UTF8', '--no-sync'])
  await startPostgres(data())
  await execute(`
    create schema auth;
    create table auth.users (email text);
    insert into auth.users values ('ana'), ('ben');
  `)
})
afterAll(async () => {
  for (const name of ['data', 'restored']) await stopPostgres(join(folder, name)).catch(() => undefined)
  if (folder) rmSync(folder, { recursive: true, force: true })
})

test('a backup is tried before it has its name, old ones go, and a restore has what there was', async () => {
  const old = join(backups, 'recto-20200101T000000Z.tar.gz')
  writeFileSync(old, '')
  utimesSync(old, 0, 0)
  const { stdout } = await asPostgres('sh', [join(scripts, 'backup.sh')])
  expect(stdout).toMatch(/^backup recto-\d{8}T\d{6}Z\.tar\.gz, tried: 2 people\n$/)
  const names = readdirSync(backups)
  expect(names).toEqual([expect.stringMatching(/^recto-20[2-9]\d/)])
  expect(names).not.toContain(basename(old))

  await execute(`insert into auth.users values ('late')`)
  await stopPostgres(data())
  const restored = join(folder, 'restored')
  const restore = () =>
    asPostgres('sh', [join(scripts, 'restore.sh'), join(backups, names[0] ?? '')], { PGDATA: restored })
  await restore()
  await expect(restore()).rejects.toThrow('is not empty')
  await startPostgres(restored)
  expect(await people()).toEqual(['ana', 'ben'])
})

test('a backup that fails leaves no file behind and says why', async () => {
  const before = readdirSync(backups)
  await expect(asPostgres('sh', [join(scripts, 'backup.sh')], { PGPORT: '1' })).rejects.toThrow('pg_basebackup')
  expect(readdirSync(backups)).toEqual(before)
})

test('shellcheck finds nothing in the scripts of deploy/', async () => {
  const hook = join(projectRoot, 'deploy', 'kamal', 'hooks', 'pre-deploy')
  const all = globSync(join(projectRoot, 'deploy', '**', '*.sh'))
  expect(all).toHaveLength(4)
  await run('shellcheck', [...all, hook])
})
