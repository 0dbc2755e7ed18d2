import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiSchemas, clientTypes, type Schemas } from '../../scripts/client-types.ts'

const root = join(import.meta.dirname, '..', '..')
let folder: string
let schemas: Schemas
beforeAll(async () => {
  schemas = await apiSchemas()
  folder = mkdtempSync(join(tmpdir(), 'recto-types-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Compiles the app of uses-types.ts beside the client with the types of these schemas. Answers what tsc says. */
const compile = async (name: string, changed: Schemas): Promise<string> => {
  const project = join(folder, name)
  cpSync(join(root, 'client', 'src'), join(project, 'client'), {
    recursive: true,
    filter: (source) => !/testing|\.test\.ts$/.test(source),
  })
  writeFileSync(join(project, 'client', 'api.ts'), await clientTypes(changed))
  const app = readFileSync(join(import.meta.dirname, 'uses-types.ts'), 'utf8')
  writeFileSync(join(project, 'app.ts'), app.replace('@recto/client', './client/index.ts'))
  const options = {
    extends: join(root, 'client', 'tsconfig.build.json'),
    compilerOptions: { rootDir: '.', noEmit: true },
    include: ['.'],
    exclude: [],
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(options))
  return promisify(execFile)('tsc', ['-p', project]).then(
    () => '',
    ({ stdout }) => stdout,
  )
}

/** The schemas with another name for one field. */
const renamed = (schema: string, field: string): Schemas => {
  const text = JSON.stringify(schemas[schema])
  if (!text.includes(`"${field}"`)) throw new Error(`${schema} has no field ${field}`)
  return { ...schemas, [schema]: JSON.parse(text.replaceAll(`"${field}"`, `"${field}_renamed"`)) }
}

test('an app compiles with the types of today', async () => {
  expect(await compile('today', schemas)).toBe('')
})

test.concurrent.each([
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
])('an app does not compile when %s.%s has another name', async (schema, field) => {
  expect(await compile(`${schema}-${field}`, renamed(schema, field))).toContain('app.ts')
})
