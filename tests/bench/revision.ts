import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What a revision starts its system with: its own code and migrations. */
export type Revision = {
  system: typeof import('../support/system.ts')
  backlog: typeof import('./backlog.ts')
  tokens: typeof import('./tokens.ts')
}

const root = dirname(dirname(import.meta.dirname))

const modulesIn = async (folder: string): Promise<Revision> => {
  const load = (path: string) => import(pathToFileURL(join(folder, 'tests', path)).href)
  return {
    system: await load('support/system.ts'),
    backlog: await load('bench/backlog.ts'),
    tokens: await load('bench/tokens.ts'),
  }
}

/** The working tree. */
export const thisRevision = (): Promise<Revision> => modulesIn(root)

/**
 * A revision of the repository in a folder of its own, with its packages. `remove` deletes the folder.
 * @throws Error when git does not know the revision, or its set-up fails
 */
export const olderRevision = async (name: string): Promise<Revision & { remove(): void }> => {
  const commit = execFileSync('git', ['rev-parse', '--verify', `${name}^{commit}`], { cwd: root, encoding: 'utf8' })
  const folder = mkdtempSync(join(tmpdir(), 'recto-revision-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  const archive = execFileSync('git', ['archive', commit.trim()], { cwd: root, maxBuffer: 256 * 1024 * 1024 })
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  execFileSync(process.execPath, [join(folder, 'scripts', 'run.mjs'), 'true'], { stdio: 'ignore' })
  return { ...(await modulesIn(folder)), remove }
}
