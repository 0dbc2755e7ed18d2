import { setTimeout as delay } from 'node:timers/promises'

type RepeatOptions = { everyMs: number; signal: AbortSignal; onError(error: unknown): void }

/** Does `work` again and again until `signal` aborts, with a pause of `everyMs`. `onError` is told of an outage once. */
export const repeat = async (work: () => Promise<void>, { everyMs, signal, onError }: RepeatOptions): Promise<void> => {
  let failing = false
  while (!signal.aborted) {
    failing = await work().then(
      () => false,
      (error: unknown) => {
        if (!failing) onError(error)
        return true
      },
    )
    await delay(everyMs, undefined, { signal }).catch(() => undefined)
  }
}
