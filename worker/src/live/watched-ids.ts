import { z } from 'zod'

/** The most ids that are remembered; of more, the oldest are forgotten. They are watched again with the next notification. */
const maxIds = 20_000

const Id = z.guid()

/**
 * Remembers which generations somebody watches, also of those that run elsewhere or nowhere yet: a run that begins later
 * is watched from its start.
 * @param forMs how long one notification counts, in milliseconds
 */
export const createWatchedIds = (now: () => number, forMs: number) => {
  /** By id, when the watching ends, in milliseconds of the steady clock, the oldest first. */
  const until = new Map<string, number>()

  const forgetOld = (time: number) => {
    for (const [id, end] of until) {
      if (end > time && until.size <= maxIds) return
      until.delete(id)
    }
  }

  return {
    /** Notes the ids of a payload, which are separated by commas, and returns those that are ids. */
    note: (payload: string): string[] => {
      const ids = payload.split(',').filter((id) => Id.safeParse(id).success)
      const time = now()
      for (const id of ids) {
        until.delete(id)
        until.set(id, time + forMs)
      }
      forgetOld(time)
      return ids
    },
    /** When the watching of a generation ends, by the steady clock; 0 when nobody watches it. */
    until: (id: string): number => until.get(id) ?? 0,
  }
}
