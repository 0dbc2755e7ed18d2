import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createMetrics as apiMetrics } from '../api/src/metrics.ts'
import { createMetrics as workerMetrics } from '../worker/src/metrics.ts'

test('docs/operations.md lists every metric of Recto with its process, and no other', () => {
  const { registry: api } = apiMetrics({ queue: async () => [] })
  const { registry: worker } = workerMetrics({
    running: () => 0,
    slots: 1,
    healths: () => [],
    usableRoutes: () => [],
    now: () => 0,
    keys: () => [],
  })
  const own = (registry: typeof api, process: string) =>
    registry.getMetricsAsArray().flatMap(({ name }) => (name.startsWith('recto_') ? `${name} ${process}` : []))
  const rows = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8').matchAll(
    /^\| (`recto_.*?) \| (\w+) \|/gm,
  )
  const listed = [...rows].flatMap(([, names = '', process]) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => `${name} ${process?.toLowerCase()}`),
  )
  expect(listed.toSorted()).toEqual([...own(api, 'api'), ...own(worker, 'worker')].toSorted())
})
