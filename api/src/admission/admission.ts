import { z } from 'zod'
import { inOrder, type Window, windowOf } from './windows.ts'

/** A window of a recto.admission_result, as JSON. `used` includes the new admission. `most` is null for no limit. */
const LimitedWindow = z.object({
  name: z.string(),
  counts: z.enum(['generations', 'tokens', 'connection_checks']),
  most: z.int(),
  seconds: z.int(),
  used: z.int(),
  oldest_at: z.string(),
})
const UnlimitedWindow = z.object({ most: z.null() })

/** A recto.admission_result as JSON. `in_flight` counts the person's generations that were under way before. */
const AdmissionRow = z.object({
  admitted_at: z.string(),
  windows: z.array(z.union([LimitedWindow, UnlimitedWindow])),
  waiting: z.boolean(),
  priority: z.int(),
  in_flight: z.int(),
})

/**
 * What the database says about a request that it admitted. `waiting`: the account runs as many generations as it may,
 * so this one has no job yet. `priority`: the plan's band in the queue. `in_flight`: how many of the person's
 * generations were under way before this one.
 */
export type Admission = { windows: Window[]; waiting: boolean; priority: number; in_flight: number }

const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000

/**
 * Reads the row that admission left for the API, as JSON.
 * @throws z.ZodError when it is something else, for example because nothing was admitted
 */
export const readAdmission = (row: unknown): Admission => {
  const { admitted_at, windows, ...rest } = AdmissionRow.parse(row)
  const shown = windows.flatMap((state) => {
    if (state.most === null || state.counts === 'tokens') return []
    const { name, most, seconds, used, oldest_at } = state
    return windowOf({ name, most, seconds, used, frees_in: secondsBetween(admitted_at, oldest_at) + seconds })
  })
  return { ...rest, windows: inOrder(shown) }
}
