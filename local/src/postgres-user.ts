import { execFileSync, spawnSync } from 'node:child_process'

/** The user that Postgres runs as; undefined = the one who started us. */
export type RunAs = { uid: number; gid: number } | undefined

const idOf = (flag: '-u' | '-g') => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }).trim())

/** Postgres refuses to run as root: then it runs as `nobody`, which every system has. */
export const postgresUser = (): RunAs => {
  if (process.getuid?.() !== 0) return undefined
  try {
    return { uid: idOf('-u'), gid: idOf('-g') }
  } catch {
    throw new Error('Postgres cannot run as root, and this machine has no user `nobody`: start Recto as another user')
  }
}

/** True when that user can enter the folder. Asked of the system itself, since modes alone do not tell (ACLs, mounts). */
export const canEnter = (folder: string, runAs: RunAs): boolean =>
  spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', stdio: 'ignore', ...runAs }).status === 0

/** True when that user can run the program. */
export const canRun = (program: string, runAs: RunAs): boolean =>
  spawnSync(program, ['--version'], { cwd: '/', stdio: 'ignore', ...runAs }).status === 0
