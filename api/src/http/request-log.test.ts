import { readFileSync } from 'node:fs'
import { createLog } from '@recto/shared/log'
import { Hono } from 'hono'
import pg from 'pg'
import { expect, test } from 'vitest'
import type { HttpEnv } from './env.ts'
import { onError } from './problems.ts'
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

test('the event of a request that is about nobody and nothing has every field by which events are joined and summed up', async () => {
  const lines: string[] = []
  const log = createLog('api', 'info', { write: (line) => lines.push(line) })
  await new Hono<HttpEnv>().use(requestLog(log, 1)).request('/')
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({
    trace_id: null,
    generation_id: null,
    user_id: null,
    use_case: null,
    latency_ms: expect.any(Number),
    status: 404,
    tokens_used: null,
    cost_usd: null,
    cached: false,
    rate_limited: false,
  })
})

test.each([
  ['57P01', 503, 'database_unavailable'],
  ['53300', 503, 'overloaded'],
  ['22012', 500, 'internal_error'],
])('requestLog has the code of the answer to an error of the database: %s', async (state, status, code) => {
  const error = Object.assign(new pg.DatabaseError('an error of the database', 0, 'error'), { code: state })
  const events: object[] = []
  const note = (event: object) => void events.push(event)
  const log = { debug: note, info: note, error: note }
  const app = new Hono<HttpEnv>()
    .use(requestLog(log, 1))
    .onError(onError)
    .get('/', () => {
      throw error
    })
  await app.request('/')
  expect(events).toMatchObject([{ status, code, error }])
})
