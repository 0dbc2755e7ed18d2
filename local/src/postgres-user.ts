import { execFileSync, spawnSync } from 'node:child_process'

/** The user that Postgres runs as; undefined means the user of this process. */
export type RunAs = { uid: number; gid: number } | undefined

const idOf = (flag: '-u' | '-g') => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }).trim())

/**
 * The user for Postgres. Postgres does not run as root, so under root it runs as `nobody`.
 * @throws Error when this process runs as root and the machine has no user `nobody`
 */
export const postgresUser = (): RunAs => {
  if (process.getuid?.() !== 0) return undefined
  try {
    return { uid: idOf('-u'), gid: idOf('-g') }
  } catch {
    throw new Error('Postgres cannot run as root, and this machine has no user `nobody`: start Recto as another user')
  }
}

/** Whether the user can enter the folder. It tries to, because file modes say nothing about ACLs and mounts. */
export const canEnter = (folder: string, runAs: RunAs): boolean =>
  spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', stdio: 'ignore', ...runAs }).status === 0

/** Whether the user can run the program. */
export const canRun = (program: string, runAs: RunAs): boolean =>
  spawnSync(program, ['--version'], { cwd: '/', stdio: 'ignore', ...runAs }).status === 0
