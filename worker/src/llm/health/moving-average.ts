/** The share of the newest value in the average. */
const weight = 0.2

/**
 * Exponential moving averages by name, in the unit of the values added. The first value of a name is its first average.
 */
export const createMovingAverages = () => {
  const averages = new Map<string, number>()
  return {
    add: (name: string, value: number): void => {
      const before = averages.get(name) ?? value
      averages.set(name, before + weight * (value - before))
    },
    /** The average of a name; null before its first value. */
    of: (name: string): number | null => averages.get(name) ?? null,
  }
}
