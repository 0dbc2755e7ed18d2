import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const read = (pattern: string) =>
  globSync(pattern, { cwd: root })
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n')

/** The second and third column of docs/terms.md: what a word is called here, and where it stands. */
const ours = readFileSync(join(root, 'docs/terms.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| elsewhere'))
  .map((line) => line.split(' | ').slice(1).join(' '))
const names = [...ours.join('\n').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)

const api = readFileSync(join(root, 'docs/api.md'), 'utf8')
const migrations = read('supabase/migrations/*.sql')
const code = [migrations, read('.env.example'), read('{api,worker,shared,local}/src/**/*.ts')].join('\n')

/** Whether a table has a column, from the statement that creates it. */
const hasColumn = (table: string, column: string): boolean => {
  const [, columns = ''] = new RegExp(`create table \\w+\\.${table} \\(([\\s\\S]*?)\\n\\);`).exec(migrations) ?? []
  return new RegExp(`^ {2}${column} `, 'm').test(columns)
}

/** Whether the code has a name: an endpoint as docs/api.md has it, a column by its table, anything else by its words. */
const isKnown = (name: string): boolean => {
  if (/^(GET|POST|PUT|PATCH|DELETE) /.test(name)) return api.includes(name)
  const [, table, column] = /^(?:public\.)?(ai_\w+|plans|accounts)\.(\w+)$/.exec(name) ?? []
  if (table !== undefined && column !== undefined) return hasColumn(table, column)
  const words = name.split(/[.,\s=?]+/).filter((word) => /^\w[\w-]*$/.test(word) && word !== 'and')
  return words.every((word) => new RegExp(`\\b${word}\\b`, 'i').test(code))
}

test('docs/terms.md names nothing that the code does not have', () => {
  expect(names.length).toBeGreaterThan(60)
  expect(names.filter((name) => !isKnown(name))).toEqual([])
  for (const wrong of ['ai_generations.plan', 'plans.source_text', 'DELETE /api/ai/models', 'nonsense_id'])
    expect(isKnown(wrong), wrong).toBe(false)
})

test('docs/terms.md says for every word where it stands', () => {
  expect(ours.filter((line) => !/`|\]\(/.test(line))).toEqual([])
})
