import { createPostgresBackend, Worker } from 'bullmq'
import { deliver } from './deliver.ts'
import { ready, settings } from './settings.ts'

const connection = { connectionString: settings.url, max: 10 }
const worker = new Worker('rival', deliver, { connection, concurrency: settings.slots }, createPostgresBackend)
worker.on('error', () => undefined)
await worker.waitUntilReady()
ready()
