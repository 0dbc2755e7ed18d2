import { AppError } from '@recto/shared/errors'
import { Hono } from 'hono'
import pg from 'pg'
import { expect, test } from 'vitest'
import { LimitError } from './admission/limit-error.ts'
import type { ApiEnv } from './env.ts'
import { measureRequests } from './measure-requests.ts'

const noConnectionLeft = Object.assign(new pg.DatabaseError('too many connections', 0, 'error'), { code: '53300' })
const leftBehind = Object.assign(new pg.DatabaseError('elsewhere', 0, 'error'), { code: 'RCT01' })
const limit = { name: 'day', limit: 10, used: 10, window_seconds: 86_400, reset: 60 }

test.each([
  ['by its name', new LimitError({ code: 'quota_exceeded', detail: 'At most 10.', limit }), ['day']],
  ['for a process that has too much to do', new AppError('overloaded'), ['overload']],
  ['by what else it had too much of', new AppError('overloaded', 'Busy.', { countedAs: 'imports' }), ['imports']],
  ['for a database that has no connection left', noConnectionLeft, ['overload']],
  ['for an account that is being moved', new AppError('account_moving'), ['move']],
  ['for a database that an account has left', leftBehind, ['move']],
  ['and no other error', new AppError('database_unavailable'), []],
])('measureRequests counts the limit that refused a request %s', async (_, error, expected) => {
  const refused: string[] = []
  const metrics = {
    requestEnded: () => undefined,
    submitted: () => undefined,
    reviewed: () => undefined,
    refused: (name: string) => refused.push(name),
  }
  const app = new Hono<ApiEnv>()
    .use(measureRequests(metrics))
    .onError((_error, c) => c.text('refused', 503))
    .get('/', () => {
      throw error
    })
  await app.request('/')
  expect(refused).toEqual(expected)
})
