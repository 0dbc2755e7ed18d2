import { createPool, sqlState } from '@recto/shared/database'
import { sharesSessions } from '@recto/shared/sessions'
import { enter, inTransaction, queryAllWithin } from '@recto/shared/transaction'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type System, startSystem } from '../support/system.ts'

let system: System
let pool: pg.Pool
beforeAll(async () => {
  system = await startSystem()
  const url = system.supabase.apiDatabaseUrl
  pool = createPool({ url, name: 'recto_api', max: 1, connectMs: 5_000, prepare: false }, () => undefined)
})
afterAll(async () => {
  await pool?.end()
  await system?.stop()
})

const one = { name: 'one', text: 'select $1::int as one', values: [1] }
const account = crypto.randomUUID()

describe('a pool that does not prepare', () => {
  test('leaves no prepared statement on its connection', async () => {
    await pool.query(one)
    await queryAllWithin(pool, { account }, [one, one])
    expect((await pool.query('select name from pg_prepared_statements')).rows).toEqual([])
  })

  test('answers statements that are sent together, each with its own rows', async () => {
    const numbers = Array.from({ length: 20 }, (_, n) => n)
    const work = (tx: { query(statement: pg.QueryConfig): Promise<{ rows: unknown[] }> }) =>
      Promise.all(numbers.map((n) => tx.query({ ...one, values: [n] })))
    const answers = await inTransaction(pool, enter({ account }), work)
    expect(answers.map(({ rows }) => rows)).toEqual(numbers.map((n) => [{ one: n }]))
  })

  test('goes on behind a statement that fails, and says so by promise and by callback', async () => {
    const client = await pool.connect()
    const failed = client.query('select 1 / 0').catch(sqlState)
    const called = new Promise((resolve) => client.query('select 1 / 0', (error: Error) => resolve(sqlState(error))))
    const answered = new Promise((resolve) =>
      client.query('select $1::int as one', [7], (_: Error, answer: pg.QueryResult) => resolve(answer.rows)),
    )
    expect(await Promise.all([failed, called, answered])).toEqual(['22012', '22012', [{ one: 7 }]])
    client.release()
  })
})

test('a direct connection keeps its session', async () => {
  expect(await sharesSessions(system.supabase.apiDatabaseUrl)).toBe(false)
})
