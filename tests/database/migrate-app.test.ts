import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from '@recto/local/home'
import { migrate } from '@recto/local/migrate'
import type { Supabase } from '@recto/local/supabase'
import { startThrowaway } from '@recto/local/throwaway'
import { migrationState } from '@recto/migrate/migration-state'
import { afterAll, beforeAll, expect, test } from 'vitest'

// A project whose app has migrations of its own, in a repository of its own, before Recto comes to it.
const run = promisify(execFile)
const supabaseCli = join(projectRoot, 'node_modules', '.bin', 'supabase')
let supabase: Supabase
let app: string

beforeAll(async () => {
  supabase = await startThrowaway({ migrate: false })
  app = mkdtempSync(join(tmpdir(), 'recto-app-'))
  mkdirSync(join(app, 'supabase', 'migrations'), { recursive: true })
})
afterAll(async () => {
  if (app) rmSync(app, { recursive: true })
  await supabase?.stop()
})

const writeMigration = (file: string, sql: string) => writeFileSync(join(app, 'supabase', 'migrations', file), sql)
const cli = (...command: string[]) =>
  run(supabaseCli, [...command, `--remote=${supabase.databaseUrl}?sslmode=disable`, '--yes', '--workdir', app])
const migrateRecto = () =>
  migrate({ databaseUrl: supabase.databaseUrl, apiPassword: undefined, workerPassword: undefined, limits: undefined })
const state = () => migrationState(supabase.databaseUrl)

test('a project with migrations of its own takes Recto’s beside them, and goes on with its own', async () => {
  writeMigration('20250101000000_notes.sql', 'create table public.notes (id int primary key);')
  writeMigration('20990101000000_plans.sql', 'create table public.plans (id int primary key);')
  await cli('db', 'push')
  const own = [
    { version: '20250101000000', name: 'notes' },
    { version: '20990101000000', name: 'plans' },
  ]

  // A name that is taken is found before anything is changed.
  await expect(migrateRecto()).rejects.toThrow('tables with names that Recto needs: public.plans.')
  expect(await state()).toEqual({ unreleased: false, pending: true, others: own, taken: ['public.plans'] })

  writeMigration('20990101000001_offers.sql', 'alter table public.plans rename to offers;')
  await cli('db', 'push')
  await migrateRecto()
  const others = [...own, { version: '20990101000001', name: 'offers' }]
  expect(await state()).toEqual({ unreleased: false, pending: false, others, taken: [] })
  await migrateRecto()

  // As docs/deploy-supabase.md says: the app's repository takes the files of what Recto applied.
  writeMigration('20990101000002_labels.sql', 'create table public.labels (id int primary key);')
  await expect(cli('db', 'push')).rejects.toThrow()
  await cli('migration', 'fetch')
  await cli('db', 'push')
  const files = readdirSync(join(app, 'supabase', 'migrations'))
  expect(files).toEqual(expect.arrayContaining(['20990101000002_labels.sql', '20261128000700_generations.sql']))
  expect((await state()).others).toContainEqual({ version: '20990101000002', name: 'labels' })
  await migrateRecto()
})
