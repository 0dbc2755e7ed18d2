import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/** Only these of an error reach the log: messages of drivers and SDKs can quote a request, its headers or its values. */
const errorFields = (error: unknown): Record<string, unknown> => {
  if (!(error instanceof Error)) return { type: typeof error }
  const { code } = error as Error & { code?: unknown }
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 8)
      .join('\n'),
    ...(error.cause instanceof Error ? { cause: errorFields(error.cause) } : {}),
  }
}

/**
 * JSON lines to `destination` (stdout, written together every 100 ms: a write costs more than a line). One wide event per request and per job; every field is named at the call, so nothing is
 * logged by passing an object along. `error` is reduced to its type, code and stack frames.
 */
export const createLog = (
  service: 'api' | 'worker',
  level: string,
  destination?: { write(line: string): void },
): Logger =>
  pino(
    {
      level,
      base: { service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: errorFields },
    },
    destination ?? pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 100 }),
  )
