/** How much the newest answer counts. */
const weight = 0.2

/** How long answers took of late, by route: a moving average in milliseconds. */
export const createLatencies = () => {
  const averages = new Map<string, number>()
  return {
    add: (route: string, ms: number): void => {
      const before = averages.get(route) ?? ms
      averages.set(route, before + weight * (ms - before))
    },
    of: (route: string): number | null => averages.get(route) ?? null,
  }
}
