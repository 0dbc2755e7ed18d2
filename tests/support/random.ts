/** Draws from a seeded sequence (mulberry32), so that every run of a test draws the same. */
export const createRandom = (seed: number) => {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  /** A whole number from 0 to below `end`. */
  const below = (end: number): number => Math.floor(next() * end)
  return {
    below,
    /** True with this probability. */
    chance: (probability: number): boolean => next() < probability,
    /** @throws RangeError when there is nothing to choose from */
    oneOf: <T>(from: readonly T[]): T => {
      const chosen = from[below(from.length)]
      if (chosen === undefined) throw new RangeError('there is nothing to choose from')
      return chosen
    },
  }
}

export type Random = ReturnType<typeof createRandom>
