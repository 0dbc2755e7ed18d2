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

const routes = read('api/src/**/contract.ts')
const code = [
  read('supabase/migrations/*.sql'),
  read('.env.example'),
  read('{api,worker,shared,local}/src/**/*.ts'),
].join('\n')

/** Whether the code has a name: of an endpoint its first part below /api/ai, of anything else each of its words. */
const isKnown = (name: string): boolean => {
  const endpoint = /^(?:(?:GET|POST|DELETE) )?\/api\/ai\/(\w+)/.exec(name)
  if (endpoint) return new RegExp(`\\b${endpoint[1]}\\b`).test(routes + code)
  return name
    .split(/[.,\s=?]+/)
    .filter((word) => /^\w[\w-]*$/.test(word) && !['GET', 'POST', 'DELETE', 'and', 'the', 'same'].includes(word))
    .every((word) => new RegExp(`\\b${word}\\b`, 'i').test(code))
}

test('docs/terms.md names nothing that the code does not have', () => {
  expect(names.length).toBeGreaterThan(60)
  expect(names.filter((name) => !isKnown(name))).toEqual([])
  expect(isKnown('ai_generations.nonsense_id')).toBe(false)
})

test('docs/terms.md says for every word where it stands', () => {
  expect(ours.filter((line) => !/`|\]\(/.test(line))).toEqual([])
})
