import { expect, test } from 'vitest'
import { urlForRole } from './supabase-project.ts'

test('urlForRole replaces role and password and keeps the rest of the connection string', () => {
  expect(urlForRole('postgresql://postgres:old@db.example:5432/postgres?sslmode=require', 'recto_api', 'p@ss')).toBe(
    'postgresql://recto_api:p%40ss@db.example:5432/postgres?sslmode=require',
  )
})

test("urlForRole keeps a pooler's project suffix behind the new role", () => {
  expect(urlForRole('postgresql://postgres.abcd:old@pooler.example:5432/postgres', 'recto_worker', 'x')).toBe(
    'postgresql://recto_worker.abcd:x@pooler.example:5432/postgres',
  )
})
