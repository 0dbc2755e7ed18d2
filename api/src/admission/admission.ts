import { z } from 'zod'
import { type Window, Windows, windowOf } from './windows.ts'

/** One window of a recto.admission_result, as JSON. `used` counts the new admission too. */
const WindowState = z.object({
  name: z.string(),
  most: z.int(),
  seconds: z.int(),
  used: z.int(),
  oldest_at: z.string(),
})

/** The columns of a recto.admission_result. `in_flight` counts the person's generations that were under way before. */
const AdmissionRow = z.object({
  admitted_at: z.string(),
  windows: z.array(WindowState),
  waiting: z.boolean(),
  priority: z.int(),
  in_flight: z.int(),
})

/**
 * What the database says about a request that it admitted. `waiting`: the account runs as many generations as it may, so
 * this one has no job yet. `priority`: the plan's band in the queue. `in_flight`: how many of the person's generations were
 * under way before this one.
 */
export type Admission = { windows: Window[]; waiting: boolean; priority: number; in_flight: number }

const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000

/**
 * Reads the row that admission left for the API.
 * @throws z.ZodError when it is something else, for one because nothing was admitted.
 */
export const readAdmission = (row: unknown): Admission => {
  const { admitted_at, windows, ...rest } = AdmissionRow.parse(row)
  const states = windows
    .filter(({ name }) => name !== 'tokens')
    .map(({ oldest_at, ...state }) =>
      windowOf({ ...state, frees_in: secondsBetween(admitted_at, oldest_at) + state.seconds }),
    )
  return { ...rest, windows: Windows.parse(states) }
}
