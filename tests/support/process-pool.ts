import { bossOn } from '@recto/shared/boss-on'
import { createPool } from '@recto/shared/database'
import { queueSchema } from '@recto/shared/queue'
import type pg from 'pg'
import { PgBoss } from 'pg-boss'
import type { System } from './system.ts'

/** Connections as the API or the worker opens them. They end with the system. */
export const processPool = (
  { supabase, onStop }: Pick<System, 'supabase' | 'onStop'>,
  process: 'api' | 'worker',
  max: number,
): pg.Pool => {
  const url = process === 'api' ? supabase.apiDatabaseUrl : supabase.workerDatabaseUrl
  const pool = createPool({ url, name: `recto_${process}`, max, connectMs: 5_000 }, () => undefined)
  onStop(() => pool.end())
  return pool
}

/** pg-boss over connections of a test, as the processes have it: it maintains nothing. It ends with the system. */
export const startBoss = async (pool: pg.Pool, { onStop }: Pick<System, 'onStop'>): Promise<PgBoss> => {
  const boss = new PgBoss({ db: bossOn(pool), schema: queueSchema, migrate: false, supervise: false, schedule: false })
  boss.on('error', () => undefined)
  onStop(() => boss.stop({ graceful: false }))
  await boss.start()
  return boss
}
