import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { cardFormats } from './formats.ts'

// Node ends a thread whose heap grows over its limit. The cards alone would need some 30 MB.
it.each(Object.keys(cardFormats))('an export of 10,000 cards as %s needs a heap of less than 24 MB', async (format) => {
  const worker = new Worker(new URL('./testing/export-many.ts', import.meta.url), {
    workerData: format,
    resourceLimits: { maxOldGenerationSizeMb: 20, maxYoungGenerationSizeMb: 4 },
  })
  const [bytes] = await once(worker, 'message')
  await worker.terminate()
  expect(bytes).toBeGreaterThan(format === 'apkg' ? 1_000_000 : 20_000_000)
})
