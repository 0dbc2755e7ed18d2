/** Checks a service. Rejects, or hangs, when it does not work. */
export type Check = () => Promise<unknown>

export type ServiceState = 'ok' | 'down'

/** The state of a service: `down` when its check rejects or takes longer than `ms`. */
export const stateWithin = async (check: Check, ms: number): Promise<ServiceState> => {
  const late = Promise.withResolvers<ServiceState>()
  const timer = setTimeout(() => late.resolve('down'), ms)
  const checked = check().then(
    () => 'ok' as const,
    () => 'down' as const,
  )
  return Promise.race([checked, late.promise]).finally(() => clearTimeout(timer))
}
