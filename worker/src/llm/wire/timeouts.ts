import { FIRST_TOKEN_MS, MODEL_REQUEST_MS, TOKEN_GAP_MS } from '../../deadlines.ts'

/**
 * The deadlines of one request in milliseconds: until the first token, between two frames that carry something, and for
 * the whole request.
 */
export type Timeouts = { firstTokenMs: number; gapMs: number; totalMs: number }

export const usualTimeouts: Timeouts = {
  firstTokenMs: FIRST_TOKEN_MS,
  gapMs: TOKEN_GAP_MS,
  totalMs: MODEL_REQUEST_MS,
}

/** Which deadline ended a request, or `aborted` when its caller did. */
export type TimeoutReason = 'first_token' | 'gap' | 'total' | 'aborted'

/**
 * The timers of one request. `signal` aborts when a deadline passes or the caller aborts; `timeoutReason` then says
 * which.
 */
export type RunningTimeouts = {
  signal: AbortSignal
  timeoutReason(): TimeoutReason | null
  /** Restarts the gap timer. Call it whenever a frame arrives that carries something. */
  progress(): void
  /** Stops the first-token and gap timers: a single JSON body shows no progress, so only the total deadline applies. */
  expectSingleBody(): void
  /** Stops all timers. */
  close(): void
}

/** Starts the timers of one request. The caller must call `close` when the request is over. */
export const startTimeouts = (timeouts: Timeouts, callerSignal: AbortSignal): RunningTimeouts => {
  const controller = new AbortController()
  let reason: TimeoutReason | null = null
  const abortFor = (cause: TimeoutReason) => {
    reason ??= cause
    controller.abort()
  }
  const totalTimer = setTimeout(abortFor, timeouts.totalMs, 'total')
  let silenceTimer = setTimeout(abortFor, timeouts.firstTokenMs, 'first_token')
  let hasProgress = false
  const onAbort = () => abortFor('aborted')
  callerSignal.addEventListener('abort', onAbort, { once: true })
  if (callerSignal.aborted) onAbort()

  return {
    signal: controller.signal,
    timeoutReason: () => reason,
    progress: () => {
      if (reason) return
      if (hasProgress) return void silenceTimer.refresh()
      hasProgress = true
      clearTimeout(silenceTimer)
      silenceTimer = setTimeout(abortFor, timeouts.gapMs, 'gap')
    },
    expectSingleBody: () => clearTimeout(silenceTimer),
    close: () => {
      clearTimeout(totalTimer)
      clearTimeout(silenceTimer)
      callerSignal.removeEventListener('abort', onAbort)
    },
  }
}
