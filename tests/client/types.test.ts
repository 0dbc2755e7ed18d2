import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { apiSchemas, clientTypes, type Schemas } from '../../scripts/client-types.ts'

const root = join(import.meta.dirname, '..', '..')

const renamings = [
  ['Generation', 'status'],
  ['Generation', 'cost_usd'],
  ['Generation', 'tokens_output'],
  ['Suggestion', 'front'],
  ['Suggestion', 'source_quote'],
  ['Suggestion', 'flags'],
  ['Limit', 'remaining'],
  ['Problem', 'title'],
  ['Problem', 'rate_limited'],
  ['NewGeneration', 'max_cards'],
] as const

const folderOf = (schema: string, field: string) => `${schema}-${field}`

/** The schemas with another name for one field. */
const rename = (schemas: Schemas, schema: string, field: string): Schemas => {
  const text = JSON.stringify(schemas[schema])
  if (!text.includes(`"${field}"`)) throw new Error(`${schema} has no field ${field}`)
  return { ...schemas, [schema]: JSON.parse(text.replaceAll(`"${field}"`, `"${field}_renamed"`)) }
}

/** Writes the app of uses-types.ts beside the client with the types of these schemas. */
const writeApp = async (project: string, schemas: Schemas): Promise<void> => {
  cpSync(join(root, 'client', 'src'), join(project, 'client'), {
    recursive: true,
    filter: (source) => !/testing|\.test\.ts$/.test(source),
  })
  writeFileSync(join(project, 'client', 'api.ts'), await clientTypes(schemas))
  const app = readFileSync(join(import.meta.dirname, 'uses-types.ts'), 'utf8')
  writeFileSync(join(project, 'app.ts'), app.replace('@recto/client', './client/index.ts'))
}

/** Compiles all apps of a folder at once, which takes as long as one. Answers what tsc says. */
const compile = (folder: string): Promise<string> => {
  const options = {
    extends: join(root, 'client', 'tsconfig.build.json'),
    compilerOptions: { rootDir: '.', noEmit: true },
    include: ['.'],
    exclude: [],
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options))
  return promisify(execFile)('tsc', ['-p', folder]).then(
    () => '',
    ({ stdout }) => stdout,
  )
}

let lines: string[]
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'recto-types-'))
  try {
    const schemas = await apiSchemas()
    await writeApp(join(folder, 'today'), schemas)
    for (const [schema, field] of renamings)
      await writeApp(join(folder, folderOf(schema, field)), rename(schemas, schema, field))
    lines = (await compile(folder)).split('\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('an app compiles with the types of today', () => {
  // An error's first line begins with its file.
  const errors = lines.filter((line) => /^\S/.test(line))
  expect(
    errors.filter((line) => !renamings.some(([schema, field]) => line.includes(`/${folderOf(schema, field)}/`))),
  ).toEqual([])
})

test.each(renamings)('an app does not compile when %s.%s has another name', (schema, field) => {
  expect(lines.filter((line) => line.includes(`/${folderOf(schema, field)}/app.ts`))).not.toEqual([])
})
