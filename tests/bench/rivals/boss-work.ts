import { setTimeout as delay } from 'node:timers/promises'
import { generationQueue, queueSchema } from '@recto/shared/queue'
import { PgBoss } from 'pg-boss'
import { deliver } from './deliver.ts'
import { ready, settings } from './settings.ts'

const { url, slots, more } = settings
const boss = new PgBoss({
  connectionString: url,
  max: 10,
  schema: queueSchema,
  migrate: false,
  schedule: false,
  useListenNotify: true,
})
boss.on('error', () => undefined)
await boss.start()
const polling = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 }
await boss.work(generationQueue, { ...polling, localConcurrency: slots, ...more }, async (jobs) => {
  await Promise.all(jobs.map(deliver))
})
await delay(200)
ready()
