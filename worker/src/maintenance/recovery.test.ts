import type { Statement } from '@recto/shared/database'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { expect, it } from 'vitest'
import { firstId } from './inspect.ts'
import { createRecovery } from './recovery.ts'

const lastOfWindow = '11111111-1111-4111-8111-111111111111'

/** A database with more live generations than one pass looks at. Its commits fail as long as `failing` is true. */
const setUp = () => {
  const database = { failing: false, lookedAfter: Array.of<unknown>() }
  const query = async (statement: Statement | string) => {
    if (statement === 'commit' && database.failing) throw new Error('connection lost')
    if (typeof statement === 'string' || statement.name !== 'recovery_inspect') return { rows: [], rowCount: 0 }
    database.lookedAfter.push(statement.values?.[3])
    return {
      rows: [
        { mine: true, accounts: [], dead: false, alerted: false, blocked: false, webhooks: false, until: lastOfWindow },
      ],
      rowCount: 1,
    }
  }
  const nothing = () => undefined
  const client = { query, on: nothing, off: nothing, release: nothing }
  const pool = Object.assign(new pg.Pool(), { connect: async () => client })
  const boss = Object.assign(new PgBoss('postgres://nowhere.invalid'), { fetch: async () => [] })
  const { recoverGenerations } = createRecovery({ pool, boss, jobs: { renew: async () => undefined } })
  return { database, recover: () => recoverGenerations(0, null) }
}

it('recovery looks at the same generations again when its commit failed, and goes on behind them after a commit', async () => {
  const { database, recover } = setUp()
  database.failing = true
  await expect(recover()).rejects.toThrow('connection lost')
  database.failing = false
  await recover()
  await recover()
  expect(database.lookedAfter).toEqual([firstId, firstId, lastOfWindow])
})
