import { JobData } from '@recto/shared/queue'
import { Logger, run } from 'graphile-worker'
import { runGeneration } from './run-generation.ts'
import { ready, settings } from './settings.ts'

const runner = await run({
  connectionString: settings.url,
  concurrency: settings.slots,
  maxPoolSize: 10,
  noHandleSignals: true,
  logger: new Logger(() => () => undefined),
  taskList: { generation: (job) => runGeneration(JobData.parse(job).generation_id) },
})
runner.events.once('worker:getJob:empty', ready)
