import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const manifest = z.looseObject({ version: z.string().optional() })
const versionIn = (path: string) => manifest.parse(JSON.parse(read(path))).version
const version = versionIn('package.json')

test('every package has the version of package.json', () => {
  const packages = globSync(['*/package.json', 'deploy/*/package.json'], { cwd: root })
  // The dashboard of pg-boss is no package of the workspace.
  const others = packages.filter((path) => versionIn(path) !== version)
  expect(packages.length).toBeGreaterThan(8)
  expect(others).toEqual(['dashboard/package.json'])
})

test.each([
  ['api/src/openapi/document.ts', /version: '(.+)',/g, 1],
  ['deploy/compose.prod.yaml', /\$\{RECTO_VERSION:-(.+)\}/g, 3],
  ['deploy/env.example', /(?:RECTO_VERSION=|recto-api:)(\S+)/g, 2],
  ['deploy/helm/recto/Chart.yaml', /^(?:version|appVersion): (.+)$/gm, 2],
  ['docs/deploy-vps.md', /(?:--branch v|recto-api:)(\S+)/g, 4],
])('%s names the version of package.json', (path, pattern, times) => {
  const found = [...read(path).matchAll(pattern)].map(([, name]) => name)
  expect(found).toEqual(Array.from({ length: times }, () => version))
})
