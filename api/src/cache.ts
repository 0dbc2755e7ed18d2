/**
 * Remembers what `load` gave for `freshMs`. While it cannot be loaded the last known value stands in.
 * @throws what `load` throws, as long as there is no such value.
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
