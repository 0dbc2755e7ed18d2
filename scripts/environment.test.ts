import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { baseUrlVariable, keyVariables } from '@recto/shared/catalog'
import { readCatalog } from '@recto/shared/read-catalog'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { apiEnvironment } from '../api/src/environment.ts'
import { modelEnvironment, workerEnvironment } from '../worker/src/environment.ts'

const root = dirname(import.meta.dirname)
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const sourcesOf = (pattern: string) =>
  globSync(pattern, { cwd: root, exclude: (path) => path.endsWith('.test.ts') }).map(read)

/** The variables of an example file, commented out or not, with the values that it shows. */
const examples = (file: string) =>
  new Map(
    [...read(file).matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )

/** The variables that a source file reads: those that it parses, and those that it takes from an environment. */
const readBy = (source: string): string[] => {
  const parsed = [...source.matchAll(/(?:parseEnv\)?\(\s*|Environment = )(\{.*?\})\s*(?:,|\n)/gs)]
  const keys = parsed.flatMap(([, shape = '']) => [...shape.matchAll(/[{,\s]([A-Z][A-Z0-9_]+):/g)])
  const taken = [...source.matchAll(/\b(?:env|environment)\.([A-Z][A-Z0-9_]+)/g)]
  const unpacked = [...source.matchAll(/\{([^{}]*)\} = (?:process\.)?env(?:ironment)?\b/g)]
  const named = unpacked.flatMap(([, names = '']) => [...names.matchAll(/\b([A-Z][A-Z0-9_]+)\b/g)])
  return [...keys, ...taken, ...named].map(([, name = '']) => name)
}

/** What Node.js and the system read, and the code asks about. */
const ofSystem = ['NODE_ENV', 'NODE_USE_ENV_PROXY', 'PATH']
const processes = {
  api: 'api',
  worker: 'worker',
  migrate: 'migrate',
  move: 'move',
  start: 'local',
  dashboard: 'scripts',
}

const catalog = readCatalog(undefined, read)
const providers = Object.entries(catalog.providers)
/** The variables that workers read because of the catalog. */
const ofCatalog = [
  ...providers.flatMap(([, { key_variable, project }]) => [key_variable, ...(project?.variables ?? [])]),
  // Each provider has such a variable. The example shows two.
  ...['openrouter', 'scaleway'].map(baseUrlVariable),
]

const readers = Object.entries(processes).flatMap(([process, folder]) => {
  const names = [...sourcesOf(`${folder}/{src/,}**/*.ts`).flatMap(readBy), ...(process === 'worker' ? ofCatalog : [])]
  return [...new Set(names)].filter((name) => !ofSystem.includes(name)).map((name) => `${name} ${process}`)
})

const page = read('docs/configuration.md')
const rows = [...page.matchAll(/^\| `(\w+)` \| ([a-z, ]+) \|/gm)].map(([, name = '', by = '']) => ({ name, by }))
/** What the SDK of OpenTelemetry reads, as far as a page of its own says it. */
const ofSdk = [...read('docs/telemetry.md').matchAll(/^\| (`OTEL_.*?`) \|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/\w+/g)].map(([name]) => name),
)

describe('environment variables', () => {
  test('that the code reads are those of docs/configuration.md, with the processes that read them', () => {
    const documented = rows.flatMap(({ name, by }) => by.split(', ').map((process) => `${name} ${process}`))
    const used = documented.filter((line) => !/ (nothing|compose)$/.test(line))
    expect(used.length).toBeGreaterThan(60)
    expect(used.toSorted()).toEqual(readers.toSorted())
    const elsewhere = sourcesOf('{shared/src,deploy}/**/*.ts').flatMap(readBy)
    expect(elsewhere).toContain('SUPABASE_JWT_SECRET')
    const known = [...rows.map(({ name }) => name), ...ofSdk, ...ofSystem]
    expect(elsewhere.filter((name) => !known.includes(name))).toEqual([])
  })

  test('of .env.example and deploy/env.example are those of docs/configuration.md', () => {
    const ofProcesses = [...examples('.env.example').keys()]
    const ofCompose = [...examples('deploy/env.example').keys()].filter((name) => !ofProcesses.includes(name))
    const documented = (compose: boolean) => rows.filter(({ by }) => (by === 'compose') === compose)
    expect(ofProcesses.toSorted()).toEqual(
      documented(false)
        .map(({ name }) => name)
        .toSorted(),
    )
    expect(ofCompose.toSorted()).toEqual(
      documented(true)
        .map(({ name }) => name)
        .toSorted(),
    )
  })

  test('have the defaults that .env.example shows', () => {
    const shown = examples('.env.example')
    const withDefaults = Object.entries({ ...apiEnvironment, ...workerEnvironment, ...modelEnvironment }).flatMap(
      ([name, schema]: [string, z.ZodType]) => {
        const { success, data } = schema.safeParse(undefined)
        return success && data !== undefined ? [{ name, schema, data }] : []
      },
    )
    expect(withDefaults.length).toBeGreaterThan(15)
    for (const { name, schema, data } of withDefaults)
      expect(schema.parse(shown.get(name) || undefined), name).toEqual(data)
  })

  test('that documents name exist', () => {
    const workflows = sourcesOf('.github/workflows/*.yml').join('\n')
    const known = [
      ...rows.map(({ name }) => name),
      ...keyVariables(catalog),
      ...ofSdk,
      ...[...workflows.matchAll(/\bvars\.([A-Z_]+)/g)].map(([, name = '']) => name),
      // Of Node.js and the C library.
      ...['NODE_ENV', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'MALLOC_ARENA_MAX'],
      // Of the tests.
      'RECTO_TEST_CELLS',
      // Examples, and a word of a provider's.
      ...['ACME_BASE_URL', 'X_FILE', 'MAX_TOKENS'],
    ]
    const documents = ['README.md', 'CONTRIBUTING.md', 'client/README.md', ...globSync('docs/*.md', { cwd: root })]
    const named = documents.flatMap((path) =>
      [...read(path).matchAll(/`([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=[^`]*)?`/g)].map(
        ([, name = '']) => `${name} in ${path}`,
      ),
    )
    expect(named.length).toBeGreaterThan(60)
    expect(named.filter((line) => !known.includes(line.split(' ')[0] ?? ''))).toEqual([])
  })
})
