/** Checks a service. Rejects, or hangs, when it does not work. */
export type Check = () => Promise<unknown>

export type ServiceState = 'ok' | 'down'

/** What a check found, how long it took in milliseconds, and why the service counts as down. */
export type CheckedService = { state: ServiceState; latency_ms: number; error: string | null }

/** The code of an error, or of its cause, or its message. For operators only. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown'
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message.slice(0, 200)
}

/** Checks a service, which is `down` when its check rejects or takes longer than `ms`. */
export const checkWithin = async (check: Check, ms: number): Promise<CheckedService> => {
  const startedAt = performance.now()
  const late = Promise.withResolvers<string>()
  const timer = setTimeout(() => late.resolve('timeout'), ms)
  const checked = check().then(() => null, reasonOf)
  const error = await Promise.race([checked, late.promise]).finally(() => clearTimeout(timer))
  return { state: error === null ? 'ok' : 'down', latency_ms: Math.round(performance.now() - startedAt), error }
}

/** The state of a service: `down` when its check rejects or takes longer than `ms`. */
export const stateWithin = async (check: Check, ms: number): Promise<ServiceState> =>
  (await checkWithin(check, ms)).state
