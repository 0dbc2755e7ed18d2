import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createApp } from '../app.ts'
import { exampleAppDeps } from '../testing/example-app.ts'

const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) }))),
})
const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8')

/** The errors of each endpoint, such as `GET /api/cards/:id`. Anybody may get 429, without a valid token. */
const readErrors = async (): Promise<Map<string, string[]>> => {
  const answer = await createApp(exampleAppDeps()).request('/openapi.json')
  const { paths } = Document.parse(await answer.json())
  return new Map(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { responses }]) => [
        `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
        Object.keys(responses).filter((status) => Number(status) >= 400 && status !== '429'),
      ]),
    ),
  )
}

const endpointsIn = (text: string): string[] =>
  [...text.matchAll(/`((?:GET|POST|PATCH|DELETE) \/api\/[^`?]+)(?:\?[^`]*)?`/g)].map(([, endpoint = '']) => endpoint)

test('docs/api.md has every endpoint, and no other', async () => {
  const named = new Set(endpointsIn(page))
  expect([...named].toSorted()).toEqual([...(await readErrors()).keys()].toSorted())
})

test('docs/api.md lists the errors of the endpoints that a part of it is about', async () => {
  const errors = await readErrors()
  // A part ends with the line of its errors. What follows the last one of a section has the errors of another.
  const parts = page.split(/\n(?=##+ )/).flatMap((section) => section.split(/(?<=\nErrors: .+\n)/))
  const listed = parts.flatMap((part) => {
    const [, line] = /\nErrors: (.+)\n/.exec(part) ?? []
    const about = endpointsIn(part).filter((endpoint) => errors.has(endpoint))
    if (line === undefined || about.length === 0) return []
    const known = new Set(about.flatMap((endpoint) => errors.get(endpoint) ?? []))
    const statuses = [...line.matchAll(/`(\d+)`/g)]
      .map(([, status = '']) => status)
      .filter((status) => status !== '429')
    return [{ about, statuses, known: [...known].toSorted() }]
  })
  expect(listed.length).toBeGreaterThan(25)
  for (const { about, statuses, known } of listed) expect([about, statuses]).toEqual([about, known])
})
