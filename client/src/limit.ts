import { failed, type RectoError } from './errors.ts'

export type CallOptions = {
  /** Ends the call at once, with the code `aborted`. What the server has begun goes on. */
  signal?: AbortSignal
  /** How long the call may take, retries and waits included, in milliseconds. Then it ends with the code `timeout`. */
  timeoutMs?: number
}

type Given = { [Name in keyof CallOptions]: CallOptions[Name] | undefined }

/** What ends a call: the caller's signal, or its time. */
export type Limit = {
  signal: AbortSignal
  leftMs(): number
  /** The error of a call that was ended. */
  ended(): RectoError
}

/** A timer takes no more. */
const maxTimerMs = 2 ** 31 - 1

/** Options are read by name: those of an AbortController, which is one, are no properties of its own. */
export const limitOf = (options: Given, usualMs = 60_000): Limit => {
  const { signal, timeoutMs = usualMs } = options
  const until = performance.now() + timeoutMs
  // Node takes whole milliseconds only, and no more than a timer.
  const timeout = AbortSignal.timeout(Math.max(0, Math.min(timeoutMs, maxTimerMs) | 0))
  return {
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    leftMs: () => until - performance.now(),
    ended: () =>
      signal?.aborted
        ? failed('the call was aborted', { code: 'aborted' }, signal.reason)
        : failed(`the call took longer than ${timeoutMs} ms`, { code: 'timeout' }),
  }
}

/** Settles as `work` does, or rejects as soon as the call is ended: `work` may be anything, and is left alone. */
export const within = <T>({ signal, ended }: Limit, work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const end = () => reject(ended())
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })

/** Waits for `ms` milliseconds. */
export const pause = (limit: Limit, ms: number): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(ms, maxTimerMs))
  })
  return within(limit, over).finally(() => clearTimeout(timer))
}
