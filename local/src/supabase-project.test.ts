import { expect, test } from 'vitest'
import { urlForRole } from './supabase-project.ts'

test('another role takes the place of the first, with its password, and the rest stays', () => {
  expect(urlForRole('postgresql://postgres:old@db.example:5432/postgres?sslmode=require', 'recto_api', 'p@ss')).toBe(
    'postgresql://recto_api:p%40ss@db.example:5432/postgres?sslmode=require',
  )
})

test("a pooler's project suffix goes with the role", () => {
  expect(urlForRole('postgresql://postgres.abcd:old@pooler.example:5432/postgres', 'recto_worker', 'x')).toBe(
    'postgresql://recto_worker.abcd:x@pooler.example:5432/postgres',
  )
})
