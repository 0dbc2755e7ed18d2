import { createBatcher } from './batcher.ts'

/** A payload of NOTIFY has less than 8,000 bytes, and an id with its comma 37. */
const idsInPayload = 200

/**
 * Sends notifications outside any transaction, one at a time: ids that are added while one is under way, or in the
 * milliseconds of `lingerMs` after it, go out with the next one. Failures are ignored, because a lost notification only
 * costs the wait for the next poll.
 * @param notify sends one payload: ids joined by commas, or an empty text
 */
export const createNotify = (notify: (payload: string) => Promise<unknown>, lingerMs = 0) => {
  const ids = createBatcher<string, null>((batch) => notify([...batch.keys()].join(',')).catch(() => undefined), {
    max: idsInPayload,
    lingerMs,
  })
  return (id = ''): void => ids.add(id, null)
}

export type Notify = ReturnType<typeof createNotify>
