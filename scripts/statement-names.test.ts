import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** A name that a statement of the source has, as it stands there: an expression within a template literal counts too. */
const named = /\bname: (?:'([^']+)'|`([^`]+)`),\s*\n?\s*text:/g

// A connection prepares one text for each name. pg rejects another text under the same name.
test.each(['api', 'worker'])('statements of the %s have different names', (process) => {
  const files = globSync(`{${process},shared}/src/**/*.ts`, { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  const names = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(named)].map(([, plain, template]) => plain ?? template),
  )
  expect(names.length).toBeGreaterThan(20)
  expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([])
  // Kinds put a colon between their id and the names of their statements.
  expect(names.filter((name) => name?.replaceAll(/\$\{.*?\}/g, '').includes(':'))).toEqual([])
})
