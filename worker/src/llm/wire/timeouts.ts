import { FIRST_TOKEN_MS, MODEL_REQUEST_MS, SINGLE_BODY_MS, TOKEN_GAP_MS } from '../../deadlines.ts'

/**
 * The deadlines of one request in milliseconds: until the first token, between two frames that carry something, and for
 * the whole request. An answer in one piece has until `firstTokenMs`, and at least SINGLE_BODY_MS.
 */
export type Timeouts = { firstTokenMs: number; gapMs: number; totalMs: number }

export const usualTimeouts: Timeouts = {
  firstTokenMs: FIRST_TOKEN_MS,
  gapMs: TOKEN_GAP_MS,
  totalMs: MODEL_REQUEST_MS,
}

/** The reason of an abort when the request was silent for so long that another route was asked, and answers. */
export const LEFT_SILENT = 'silent'

/** Which deadline ended a request, `silent` when another route took over, or `aborted` when its caller ended it. */
export type TimeoutReason = 'first_token' | 'single_body' | 'gap' | 'total' | typeof LEFT_SILENT | 'aborted'

/**
 * The timers of one request. `signal` aborts when a deadline passes or the caller aborts; `timeoutReason` then says
 * which.
 */
export type RunningTimeouts = {
  signal: AbortSignal
  timeoutReason(): TimeoutReason | null
  /** Restarts the gap timer. Call it whenever a frame arrives that carries something. */
  progress(): void
  /** Replaces the first-token and gap timers: a single JSON body shows no progress until it has all arrived. */
  expectSingleBody(): void
  /** Stops all timers. */
  close(): void
}

/** Starts the timers of one request. The caller must call `close` when the request is over. */
export const startTimeouts = (timeouts: Timeouts, callerSignal: AbortSignal): RunningTimeouts => {
  const controller = new AbortController()
  const startedAt = performance.now()
  let reason: TimeoutReason | null = null
  const abortFor = (cause: TimeoutReason) => {
    reason ??= cause
    controller.abort(cause)
  }
  const totalTimer = setTimeout(abortFor, timeouts.totalMs, 'total')
  let silenceTimer = setTimeout(abortFor, timeouts.firstTokenMs, 'first_token')
  let hasProgress = false
  const onAbort = () => abortFor(callerSignal.reason === LEFT_SILENT ? LEFT_SILENT : 'aborted')
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
    expectSingleBody: () => {
      clearTimeout(silenceTimer)
      const leftMs = Math.max(timeouts.firstTokenMs, SINGLE_BODY_MS) - (performance.now() - startedAt)
      if (!reason) silenceTimer = setTimeout(abortFor, leftMs, 'single_body')
    },
    close: () => {
      clearTimeout(totalTimer)
      clearTimeout(silenceTimer)
      callerSignal.removeEventListener('abort', onAbort)
    },
  }
}
