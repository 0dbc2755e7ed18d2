import { JobData } from '@recto/shared/queue'
import { createPostgresBackend, Worker } from 'bullmq'
import { runGeneration } from './run-generation.ts'
import { ready, settings } from './settings.ts'

const worker = new Worker(
  'rival',
  ({ data }) => runGeneration(JobData.parse(data).generation_id),
  { connection: { connectionString: settings.url, max: 10 }, concurrency: settings.slots },
  createPostgresBackend,
)
worker.on('error', () => undefined)
await worker.waitUntilReady()
ready()
