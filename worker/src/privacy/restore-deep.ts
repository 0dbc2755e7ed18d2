const deepest = 32

/**
 * A parsed JSON value with `restore` applied to every string in it; keys stay. What lies deeper than cards ever do is left
 * as it is, so that an answer of ten thousand brackets ends no process.
 */
export const restoreDeep = (value: unknown, restore: (text: string) => string): unknown => {
  const walk = (node: unknown, depth: number): unknown => {
    if (typeof node === 'string') return restore(node)
    if (typeof node !== 'object' || node === null || depth === deepest) return node
    if (Array.isArray(node)) return node.map((item) => walk(item, depth + 1))
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item, depth + 1)]))
  }
  return walk(value, 0)
}
