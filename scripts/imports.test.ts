import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

const root = dirname(import.meta.dirname)
const files = globSync('{api,worker,shared,local}/src/**/*.ts', { cwd: root }).filter(
  (file) => !file.endsWith('.types.ts'),
)

const specifier = /(?:from|import)\s+'((?:\.\.?|@recto)\/[^']+)'/g

/** The file of the project that an import names; undefined for a package. */
const targetOf = (file: string, name: string): string | undefined => {
  const [, workspace, path] = /^@recto\/(\w+)\/(.+)$/.exec(name) ?? []
  return workspace ? `${workspace}/src/${path}.ts` : normalize(join(dirname(file), name))
}

const imports = new Map(
  files.map((file) => {
    const source = readFileSync(join(root, file), 'utf8')
    return [file, [...source.matchAll(specifier)].flatMap(([, name = '']) => targetOf(file, name) ?? [])]
  }),
)

/** The first cycle that is found, as the files on it; type imports count too. */
const findCycle = (): string[] => {
  const done = new Set<string>()
  const visit = (file: string, path: string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const next of imports.get(file) ?? []) {
      const cycle = visit(next, [...path, file])
      if (cycle.length > 0) return cycle
    }
    done.add(file)
    return []
  }
  return files.map((file) => visit(file, [])).find((cycle) => cycle.length > 0) ?? []
}

/** Imports of files whose path begins with `from` that match `forbidden`. */
const importsOf = (from: string, forbidden: RegExp) =>
  [...imports].flatMap(([file, targets]) =>
    file.startsWith(from) && !file.endsWith('.test.ts')
      ? targets.filter((target) => forbidden.test(target)).map((target) => `${file} -> ${target}`)
      : [],
  )

test('the import graph has its files and edges', () => {
  expect(files.length).toBeGreaterThan(200)
  expect(imports.get('api/src/app.ts')).toContain('api/src/generations/routes.ts')
  expect(imports.get('worker/src/generation/store.ts')).toContain('shared/src/database.ts')
})

test('no files import each other in a cycle', () => expect(findCycle()).toEqual([]))

test.each([
  ['http/ imports no feature of the API', 'api/src/http/', /^api\/src\/(?!http\/|deadlines)/],
  [
    'llm/ knows no generation and no kind',
    'worker/src/llm/',
    /^worker\/src\/(generation|kinds|maintenance|connection-check|queue)\//,
  ],
  ['kinds/ know no generation', 'worker/src/kinds/', /^worker\/src\/(generation|queue|calls|maintenance)\//],
  ['nothing in production imports a test helper of the worker', 'worker/src/', /\/testing\//],
  ['nothing in production imports a test helper of the API', 'api/src/', /\/testing\//],
])('%s', (_rule, from, forbidden) => {
  const found = importsOf(from, forbidden).filter((line) => !line.startsWith('worker/src/testing/'))
  expect(found).toEqual([])
})
