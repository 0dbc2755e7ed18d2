import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = dirname(import.meta.dirname)
const files = globSync('{api,worker,shared,migrate,move,local}/src/**/*.ts', { cwd: root }).filter(
  (file) => !file.endsWith('.types.ts'),
)

/**
 * Matches what `from '…'`, `import '…'` and `import('…')` name: a path, or a file of another package of the project.
 * Type imports count too.
 */
const specifier = /\b(?:from|import)\s*\(?\s*'((?:\.\.?|@recto)\/[^']+)'/g

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

/** The files of the first cycle that is found, or none. */
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

/** The imports of production files under `from` that match `forbidden`. Tests and test helpers may import more. */
const importsOf = (from: string, forbidden: RegExp): string[] =>
  [...imports].flatMap(([file, targets]) =>
    file.startsWith(from) && !file.endsWith('.test.ts') && !file.includes('/testing/')
      ? targets.filter((target) => forbidden.test(target)).map((target) => `${file} -> ${target}`)
      : [],
  )

describe('the import graph', () => {
  test('has enough files and some known edges, without which the rules below would prove nothing', () => {
    expect(files.length).toBeGreaterThan(200)
    expect(imports.get('api/src/app.ts')).toContain('api/src/generations/routes.ts')
    expect(imports.get('worker/src/generation/store.ts')).toContain('shared/src/database.ts')
  })

  test('finds imports of values, types and modules, in one line or several', () => {
    const source = `import type { A } from './a.ts'\nimport {\n  B,\n} from '@recto/shared/b'\nexport * from '../c.ts'
      import './d.ts'\nawait import('./e.ts')\nimport pg from 'pg'`
    const found = [...source.matchAll(specifier)].map(([, name]) => name)
    expect(found).toEqual(['./a.ts', '@recto/shared/b', '../c.ts', './d.ts', './e.ts'])
  })

  test('has no cycle', () => expect(findCycle()).toEqual([]))

  test.each([
    ['shared imports no other package', 'shared/', /^(?!shared\/)/],
    ['the API imports no package but shared', 'api/', /^(?!api\/|shared\/)/],
    ['the worker imports no package but shared', 'worker/', /^(?!worker\/|shared\/)/],
    ['the local system imports no package but shared and migrate', 'local/', /^(?!local\/|shared\/|migrate\/)/],
    ['migrate imports no package but shared', 'migrate/', /^(?!migrate\/|shared\/)/],
    ['move imports no package but shared', 'move/', /^(?!move\/|shared\/)/],
    ['http/ of the API imports no feature', 'api/src/http/', /^api\/src\/(?!http\/|deadlines\.ts)/],
    [
      'llm/ of the worker imports nothing else of the worker but its clock and deadlines, so no generation and no kind',
      'worker/src/llm/',
      /^worker\/src\/(?!llm\/|clock\.ts|deadlines\.ts)/,
    ],
    [
      'generation/ of the worker imports no kind and no list of kinds',
      'worker/src/generation/',
      /^worker\/src\/kinds\/(.+\/|registry\.ts)/,
    ],
    [
      'kinds/ of the worker import no generation',
      'worker/src/kinds/',
      /^worker\/src\/(generation|queue|calls|maintenance)\//,
    ],
    ['production files import no test helper', '', /\/testing\//],
  ])('keeps the rule: %s', (_rule, from, forbidden) => {
    expect(importsOf(from, forbidden)).toEqual([])
  })
})
