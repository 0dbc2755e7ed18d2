/**
 * Keeps values by their keys: the `kept` that were set or asked for last, and twice as many at most. It has two maps, because
 * one in the order of use would pay for that with each look-up.
 */
export const createRecent = <Value>(kept: number) => {
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()

  const set = (key: string, value: Value): void => {
    young.set(key, value)
    if (young.size < kept) return
    old = young
    young = new Map()
  }
  const get = (key: string): Value | undefined => {
    const value = young.get(key)
    if (value !== undefined) return value
    const before = old.get(key)
    if (before !== undefined) set(key, before)
    return before
  }
  return { set, get }
}
