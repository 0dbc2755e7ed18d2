import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/** The fields of an error that are logged. Messages of drivers and SDKs are not, because they can quote a request. */
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
 * Creates a log that writes JSON lines to `destination`, or to stdout every 100 ms, because a write costs more than a
 * line. Callers name every field of an event. `error` is reduced to its type, code and stack frames.
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
