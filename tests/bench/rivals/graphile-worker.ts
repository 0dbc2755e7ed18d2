import { Logger, run } from 'graphile-worker'
import { deliver } from './deliver.ts'
import { ready, settings } from './settings.ts'

const runner = await run({
  connectionString: settings.url,
  concurrency: settings.slots,
  maxPoolSize: 10,
  noHandleSignals: true,
  logger: new Logger(() => () => undefined),
  taskList: { deliver },
})
runner.events.once('worker:getJob:empty', ready)
