import { expect, test } from 'vitest'
import { migrationSources } from './migrate.ts'

test('the state that migrating leads to depends on each kind of generation, the queue and all migrations', () => {
  const files = migrationSources()
  for (const kind of ['flashcards', 'code-review', 'text', 'chat'])
    expect(files).toContain(`shared/src/kinds/${kind}/contract.ts`)
  expect(files).toEqual(expect.arrayContaining(['migrate/src/main.ts', 'shared/src/queue.ts', 'pnpm-workspace.yaml']))
  expect(files.filter((file) => file.endsWith('.sql')).length).toBeGreaterThan(50)
  expect(files.filter((file) => file.endsWith('.test.ts'))).toEqual([])
})
