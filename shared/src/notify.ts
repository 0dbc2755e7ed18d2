import { createBatcher } from './batcher.ts'

/** A payload of NOTIFY has under 8,000 bytes; an id takes 37 with its comma. */
const idsInPayload = 200

/**
 * Sends notifications outside any transaction, one at a time: ids that are added while one is under way go out together with
 * the next. A notification that is lost costs the wait for a poll and nothing else, so failures are ignored.
 *
 * @param notify sends one payload: ids joined by commas, or nothing.
 */
export const createNotify = (notify: (payload: string) => Promise<unknown>) => {
  const ids = createBatcher<string, null>((batch) => notify([...batch.keys()].join(',')).catch(() => undefined), {
    max: idsInPayload,
  })
  return (id = ''): void => ids.add(id, null)
}

export type Notify = ReturnType<typeof createNotify>
