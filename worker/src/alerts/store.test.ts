import type { Statement } from '@recto/shared/database'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { expect, it } from 'vitest'
import { createAlertStore } from './store.ts'

it('alert messages that name no alert do not hold up the others that were fetched with them', async () => {
  const alert = {
    account_id: '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
    month: '2026-11-01',
    reason: 'spent',
    threshold: 80,
  }
  const row = { ...alert, spent_usd: '8', budget_usd: '10' }
  const query = async (statement: Statement | string) =>
    typeof statement !== 'string' && statement.name === 'alert_read' ? { rows: [row] } : { rows: [] }
  const nothing = () => undefined
  const pool = Object.assign(new pg.Pool(), { connect: async () => ({ query, release: nothing }) })
  const messages = [null, { ...alert, threshold: 'all' }, alert].map((data, n) => ({
    id: `job-${n}`,
    retryCount: 0,
    data,
  }))
  const boss = Object.assign(new PgBoss('postgres://nowhere.invalid'), { fetch: async () => messages })
  expect(await createAlertStore({ pool, boss }).fetch(10)).toMatchObject([
    { jobId: 'job-0', message: null },
    { jobId: 'job-1', message: null },
    { jobId: 'job-2', message: { body: alert } },
  ])
})
