import { placeholdersIn } from './placeholder.ts'

const maxValues = 2_000

/** Calls `visit` with each value inside a parsed JSON value, until it returns true; returns whether it did. */
const someValue = (value: unknown, visit: (value: unknown) => boolean): boolean => {
  const open: unknown[] = [value]
  for (let next = open.pop(); next !== undefined || open.length > 0; next = open.pop()) {
    if (visit(next)) return true
    if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) open.push(inner)
  }
  return false
}

/** Whether a parsed JSON value has more than 2,000 values inside, as nothing has that a model is asked for. */
export const isLarge = (element: unknown): boolean => {
  if (Array.isArray(element) && element.length > maxValues) return true
  let count = 0
  return someValue(element, () => ++count > maxValues)
}

/** Whether any text inside a parsed JSON value contains a placeholder in any form that is not among the known ones. */
export const hasUnknownPlaceholder = (element: unknown, known: ReadonlySet<string>): boolean =>
  someValue(
    element,
    (value) => typeof value === 'string' && [...placeholdersIn(value)].some((placeholder) => !known.has(placeholder)),
  )
