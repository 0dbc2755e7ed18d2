const maxDepth = 32

/**
 * Copies a parsed JSON value with `restore` applied to every string in it; object keys stay as they are.
 * Values nested deeper than 32 levels stay unrestored, so that thousands of brackets cannot overflow the stack.
 */
export const restoreDeep = (value: unknown, restore: (text: string) => string): unknown => {
  const walk = (node: unknown, depth: number): unknown => {
    if (typeof node === 'string') return restore(node)
    if (typeof node !== 'object' || node === null || depth === maxDepth) return node
    if (Array.isArray(node)) return node.map((item) => walk(item, depth + 1))
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item, depth + 1)]))
  }
  return walk(value, 0)
}
