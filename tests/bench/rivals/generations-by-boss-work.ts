import { setTimeout as delay } from 'node:timers/promises'
import { generationQueue, type JobData, queueSchema } from '@recto/shared/queue'
import { PgBoss } from 'pg-boss'
import { runGeneration } from './run-generation.ts'
import { ready, settings } from './settings.ts'

const { workUrl: _, ...more } = settings.more
const boss = new PgBoss({
  connectionString: settings.url,
  max: 10,
  schema: queueSchema,
  migrate: false,
  schedule: false,
  useListenNotify: true,
})
boss.on('error', () => undefined)
await boss.start()
const polling = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 }
const options = { ...polling, localConcurrency: settings.slots, ...more }
await boss.work<JobData>(generationQueue, options, async (jobs) => {
  await Promise.all(jobs.map(({ data }) => runGeneration(data.generation_id)))
})
await delay(100)
ready()
