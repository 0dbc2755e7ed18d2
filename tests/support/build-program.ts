import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { TEMPLATE_MS } from '@recto/local/deadlines'
import { projectRoot } from '@recto/local/home'
import { withLock } from '@recto/local/lock'

/** Beside the sources: the versions of the packages, and how a build is made. */
const others = ['pnpm-lock.yaml', 'tests/support/build-program.ts']

/** Names a state of everything that builds are made of. */
export const hashSources = (): string => {
  const hash = createHash('sha256')
  const sources = globSync('{api,worker,shared}/src/**/*.{ts,json}', { cwd: projectRoot }).sort()
  for (const name of [...sources.filter((file) => !file.endsWith('.test.ts')), ...others])
    hash.update(`${name}\n`).update(readFileSync(join(projectRoot, name)))
  return hash.digest('hex').slice(0, 16)
}

/** The programs that tests start, by the package that they belong to and the file in its `src`. */
const programs = {
  api: { folder: 'api', file: 'main' },
  worker: { folder: 'worker', file: 'main' },
  providers: { folder: 'worker', file: 'providers-command' },
}

type Program = keyof typeof programs

const build = async (source: string, file: string, folder: string): Promise<void> => {
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({ input: source, platform: 'node' })
  // Each process reads and hashes the whole file when it starts, and comments are a fifth of it.
  const form = { sourcemap: true, codeSplitting: false, comments: false } as const
  const { output } = await bundle.generate({ dir: folder, entryFileNames: file, ...form })
  await bundle.close()
  const former = `${basename(source, '.ts')}-`
  for (const old of readdirSync(folder).filter((entry) => entry.includes(former))) rmSync(join(folder, old))
  for (const part of output)
    writeFileSync(join(folder, `fresh-${part.fileName}`), part.type === 'chunk' ? part.code : part.source)
  // The program is last: what has its name is whole, and its map is there.
  for (const part of [`${file}.map`, file]) renameSync(join(folder, `fresh-${part}`), join(folder, part))
}

/**
 * Builds a program into one file, unless that was done for this state of the sources, and answers its path. It starts in
 * half the CPU time of the sources. Paths to other files stay right, as the folder lies beside `src`.
 */
export const buildProgram = async (name: Program, sources: string): Promise<string> => {
  const { folder: owner, file: stem } = programs[name]
  const folder = join(projectRoot, owner, 'dist')
  const file = `${stem}-${sources}.js`
  const path = join(folder, file)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  await withLock(join(folder, 'lock.db'), TEMPLATE_MS, async () => {
    if (!existsSync(path)) await build(join(projectRoot, owner, 'src', `${stem}.ts`), file, folder)
  })
  return path
}
