import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { projectRoot } from '@recto/local/home'

/** Writes a repository with two versions of these files. The second one has one more migration. */
export const writeRepository = (folder: string): string => {
  const [work, bare] = [join(folder, 'work'), join(folder, 'recto.git')]
  const git = (...args: string[]) => execFileSync('git', args, { cwd: work, stdio: 'pipe' })
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: projectRoot,
    encoding: 'utf8',
  })
  for (const path of list.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(work, path)), { recursive: true })
    cpSync(join(projectRoot, path), join(work, path))
  }
  const commit = (version: string) => {
    git('add', '--all')
    git('-c', 'user.name=Recto', '-c', 'user.email=recto@example.com', 'commit', '--quiet', '--message', version)
    git('tag', version)
  }
  git('init', '--quiet')
  commit('v0.1.0')
  const manifest = join(work, 'package.json')
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"version": "0.1.0"', '"version": "0.1.1"'))
  writeFileSync(join(work, 'supabase/migrations/20990101000000_next.sql'), `comment on schema recto is 'v0.1.1';\n`)
  commit('v0.1.1')
  execFileSync('git', ['clone', '--quiet', '--bare', work, bare], { stdio: 'pipe' })
  return bare
}
