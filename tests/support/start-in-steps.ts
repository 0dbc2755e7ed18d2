/** Says how to end what has just been started. */
export type OnStop = (end: () => unknown) => void

/**
 * Runs a start of several steps. Each step says by `onStop` how to end what it started, before the next step begins.
 * `stop` of the result ends all of it, the last first, and so does a step that fails: a failed start leaves nothing
 * running, not even what steps at the same time start later. An end that fails does not keep the others from happening;
 * `stop` rejects with its error afterwards.
 */
export const startInSteps = async <T>(
  start: (onStop: OnStop) => Promise<T>,
): Promise<T & { stop: () => Promise<void> }> => {
  const ends: (() => unknown)[] = []
  let isStopped = false
  const stop = async () => {
    isStopped = true
    const errors: unknown[] = []
    for (let end = ends.pop(); end; end = ends.pop()) {
      try {
        await end()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('\n'))
    if (errors.length === 1) throw errors[0]
  }
  const onStop: OnStop = (end) => {
    ends.push(end)
    if (isStopped) void stop().catch(() => undefined)
  }
  try {
    return { ...(await start(onStop)), stop }
  } catch (error) {
    // The error of the start says more than those of the ends.
    await stop().catch(() => undefined)
    throw error
  }
}
