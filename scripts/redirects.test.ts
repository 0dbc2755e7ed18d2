import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = dirname(import.meta.dirname)
const files = globSync('{api,worker,shared,local}/src/**/*.ts', { cwd: root }).filter(
  (file) => !file.endsWith('.test.ts'),
)

/** Matches a call of `fetch`, with the arguments on its line and the next one. */
const fetchCall = /(?:await|return|=>|=) fetch\(.*\n.*/g

test('every request of the source says that it follows no redirect', () => {
  const calls = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(fetchCall)].map(([call]) => ({ file, call })),
  )
  expect(calls.length).toBeGreaterThan(4)
  expect(calls.filter(({ call }) => !/redirect: '(manual|error)'/.test(call))).toEqual([])
})
