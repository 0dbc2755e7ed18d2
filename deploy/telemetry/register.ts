// Turns on OpenTelemetry in a process that is started with `node --import` of this file: docs/telemetry.md.
import { basename, dirname } from 'node:path'
import { isMainThread } from 'node:worker_threads'

/** How long the last spans may keep a process that has ended its work, in milliseconds. */
const FLUSH_MS = 3_000

/** The process by the folder of its program: `…/api/src/main.ts`, or `…/worker/dist/main.js` of a build. */
const serviceName = (program: string): string => `recto-${basename(dirname(dirname(program)))}`

/** Starts the SDK as the variables OTEL_* say, with defaults that fit. */
const start = async (): Promise<void> => {
  const { env } = process
  if (!env.OTEL_RESOURCE_ATTRIBUTES?.includes('service.name='))
    env.OTEL_SERVICE_NAME ??= serviceName(process.argv[1] ?? '')
  // By default the SDK would send the command line and the user's name along.
  env.OTEL_NODE_RESOURCE_DETECTORS ??= 'env,serviceinstance'
  const { NodeSDK } = await import('@opentelemetry/sdk-node')
  // Only traces: metrics are those at /metrics, and logs are those of the standard output.
  const sdk = new NodeSDK({ metricReaders: [], logRecordProcessors: [] })
  sdk.start()
  process.once('beforeExit', () => {
    const giveUp = setTimeout(() => process.exit(), FLUSH_MS)
    void sdk
      .shutdown()
      .catch(() => undefined)
      .finally(() => clearTimeout(giveUp))
  })
}

// Node.js loads this file in each thread of the process too. They make no spans.
if (isMainThread) await start()
