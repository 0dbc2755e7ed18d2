import {
  STREAM_PING_MS,
  STREAM_READ_MS,
  STREAM_STALL_CHECK_MS,
  STREAM_STALLED_MS,
  STREAM_TICK_MS,
} from '../deadlines.ts'

/** How many streams a process and a person may have, and the rhythm of their work in ticks. */
export const streamDefaults = {
  bounds: { all: 4_000, each: 500 },
  rhythm: {
    ping: STREAM_PING_MS / STREAM_TICK_MS,
    read: STREAM_READ_MS / STREAM_TICK_MS,
    stall: STREAM_STALL_CHECK_MS / STREAM_TICK_MS,
  },
  stalledMs: STREAM_STALLED_MS,
}
