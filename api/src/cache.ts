/**
 * Caches what `load` resolves to for `freshMs`. While loading fails, the last value is served.
 * @throws what `load` throws, while there is no value yet
 */
export const cache = <T>(load: () => Promise<T>, freshMs: number, now: () => number): (() => Promise<T>) => {
  let known: { value: T } | undefined
  let until = 0
  return async () => {
    if (known && now() < until) return known.value
    try {
      known = { value: await load() }
      until = now() + freshMs
    } catch (error) {
      if (!known) throw error
      until = now() + freshMs / 10
    }
    return known.value
  }
}
