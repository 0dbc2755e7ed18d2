/** Counts by key. A key without a count takes no memory. */
export const createKeyedCounts = () => {
  const counts = new Map<string, number>()
  const of = (key: string): number => counts.get(key) ?? 0
  return {
    of,
    increment: (key: string): void => {
      counts.set(key, of(key) + 1)
    },
    decrement: (key: string): void => {
      const left = of(key) - 1
      if (left > 0) counts.set(key, left)
      else counts.delete(key)
    },
  }
}
