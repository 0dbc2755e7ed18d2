import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ownMetrics } from '../deploy/monitoring/own-metrics.ts'

const quoted = (text: string): string[] => [...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)

test('docs/operations.md lists every metric of Recto with its process and labels, and no other', () => {
  const rows = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8').matchAll(
    /^\| (`recto_.*?) \| (\w+) \| (.*)\|$/gm,
  )
  const listed = [...rows].flatMap(([, names = '', process = '', labels = '']) =>
    quoted(names).map((name) => `${name} ${process} ${quoted(labels)}`),
  )
  const found = ownMetrics.map(({ name, process, labels }) => `${name} ${process} ${labels}`)
  expect(listed.toSorted()).toEqual(found.toSorted())
})
