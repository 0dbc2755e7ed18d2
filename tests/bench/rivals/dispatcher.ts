// The worker's dispatcher over pg-boss's fetch and complete, with jobs that hold nothing of a generation.
import { createPool } from '@recto/shared/database'
import { bossOn } from '@recto/shared/jobs'
import { listen } from '@recto/shared/listen'
import { channels, queueSchema } from '@recto/shared/queue'
import { PgBoss } from 'pg-boss'
import { createDispatcher } from '../../../worker/src/dispatcher.ts'
import { createJobs } from '../../../worker/src/jobs.ts'
import { deliver } from './deliver.ts'
import { ready, settings } from './settings.ts'

const { url, slots } = settings
const pool = createPool({ url, name: 'dispatcher', max: 10, connectMs: 5_000 }, () => undefined)
const boss = new PgBoss({ db: bossOn(pool), schema: queueSchema, migrate: false, schedule: false })
boss.on('error', () => undefined)
await boss.start()
const jobs = createJobs(boss, pool)
const dispatcher = createDispatcher({
  slots,
  fetch: jobs.fetch,
  touch: jobs.touch,
  run: async (job) => {
    await deliver()
    await jobs.complete(pool, job)
  },
  pollMs: 1_000,
  touchMs: 3_000,
  onError: () => undefined,
})
dispatcher.start()
listen({
  url,
  name: 'dispatcher_listen',
  channels: [channels.jobs],
  onMessage: dispatcher.wake,
  onConnect: ready,
  reconnectMs: 1_000,
  checkMs: 10_000,
})
