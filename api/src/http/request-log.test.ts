import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import type { HttpEnv } from './env.ts'
import { requestLog } from './request-log.ts'

test('docs/operations.md lists every field of the event of a request, and no other', async () => {
  const events: object[] = []
  const note = (event: object) => void events.push(event)
  const log = { debug: note, info: note, error: note }
  await new Hono<HttpEnv>().use(requestLog(log, 1)).request('/')
  const docs = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
  const listed = [...docs.matchAll(/^\| (`.+?) \| (?:both|`request`) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  )
  expect(Object.keys(events[0] ?? {}).toSorted()).toEqual(listed.toSorted())
})
