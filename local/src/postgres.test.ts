import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { findDataDir, locateDataDir } from './postgres.ts'
import { postgresUser } from './postgres-user.ts'

const homes: string[] = []
const newHome = () => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'recto-home-')))
  homes.push(home)
  return home
}
afterEach(() => {
  for (const home of homes.splice(0)) {
    const data = findDataDir(home)
    if (data !== undefined) rmSync(dirname(data), { recursive: true })
    rmSync(home, { recursive: true })
  }
})

test('findDataDir finds no data directory in a new home, and makes nothing there', () => {
  const home = newHome()
  expect(findDataDir(home)).toBeUndefined()
  expect(readdirSync(home)).toEqual([])
})

test('findDataDir finds the data directory that locateDataDir made a place for', () => {
  const home = newHome()
  const made = locateDataDir(home, postgresUser())
  expect(findDataDir(home)).toBe(made)
})
