import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** The constants of a file of deadlines, in the order in which they stand. */
const deadlinesIn = async (path: string): Promise<[string, number][]> => {
  const values = new Map<string, unknown>(Object.entries(await import(join(root, path))))
  const names = [...readFileSync(join(root, path), 'utf8').matchAll(/^export const (\w+) =/gm)]
  return names.map(([, name = '']) => [name, Number(values.get(name))])
}

test.each(['api/src/deadlines.ts', 'worker/src/deadlines.ts', 'local/src/deadlines.ts'])(
  '%s has its waits in order of size',
  async (path) => {
    const deadlines = await deadlinesIn(path)
    expect(deadlines.length).toBeGreaterThan(10)
    expect(deadlines).toEqual(deadlines.toSorted(([, a], [, b]) => a - b))
  },
)
