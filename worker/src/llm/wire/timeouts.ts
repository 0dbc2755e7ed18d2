import { FIRST_TOKEN_MS, MODEL_REQUEST_MS, TOKEN_GAP_MS } from '../../deadlines.ts'

/** In milliseconds. */
export type Timeouts = { firstTokenMs: number; gapMs: number; totalMs: number }

export const usualTimeouts: Timeouts = {
  firstTokenMs: FIRST_TOKEN_MS,
  gapMs: TOKEN_GAP_MS,
  totalMs: MODEL_REQUEST_MS,
}

/** Why a request was given up. */
export type TimeoutReason = 'first_token' | 'gap' | 'total' | 'aborted'

/** The timers of one request. `signal` aborts when one runs out or the caller gives up; `givenUp` then says which. */
export type RunningTimeouts = {
  signal: AbortSignal
  timeoutReason(): TimeoutReason | null
  /** Something arrived: from now on the gap counts. */
  progress(): void
  /** The answer comes in one piece, so that nothing can be seen of its progress: the total alone counts. */
  expectSingleBody(): void
  close(): void
}

/** Starts the timers of one request. `close` must follow. */
export const startTimeouts = (timeouts: Timeouts, caller: AbortSignal): RunningTimeouts => {
  const controller = new AbortController()
  let reason: TimeoutReason | null = null
  const giveUp = (why: TimeoutReason) => {
    reason ??= why
    controller.abort()
  }
  const total = setTimeout(giveUp, timeouts.totalMs, 'total')
  let silence = setTimeout(giveUp, timeouts.firstTokenMs, 'first_token')
  let started = false
  const onAbort = () => giveUp('aborted')
  caller.addEventListener('abort', onAbort, { once: true })
  if (caller.aborted) onAbort()

  return {
    signal: controller.signal,
    timeoutReason: () => reason,
    progress: () => {
      if (reason) return
      if (started) return void silence.refresh()
      started = true
      clearTimeout(silence)
      silence = setTimeout(giveUp, timeouts.gapMs, 'gap')
    },
    expectSingleBody: () => clearTimeout(silence),
    close: () => {
      clearTimeout(total)
      clearTimeout(silence)
      caller.removeEventListener('abort', onAbort)
    },
  }
}
