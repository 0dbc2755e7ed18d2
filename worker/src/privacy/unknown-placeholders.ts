import { placeholdersIn } from './placeholder.ts'
import { restoreDeep } from './restore-deep.ts'

const placeholdersInElement = (element: unknown): Set<string> => {
  const placeholders = new Set<string>()
  restoreDeep(element, (text) => {
    for (const placeholder of placeholdersIn(text)) placeholders.add(placeholder)
    return text
  })
  return placeholders
}

/**
 * Removes the elements of a restored answer that contain a placeholder which the source does not contain. A model made
 * such a placeholder up, and the card would miss a value. `unknown` is the number of removed elements.
 */
export const withoutUnknownPlaceholders = (
  elements: readonly unknown[],
  sourceText: string,
): { kept: unknown[]; unknown: number } => {
  const known = placeholdersIn(sourceText)
  const kept = elements.filter((element) =>
    [...placeholdersInElement(element)].every((placeholder) => known.has(placeholder)),
  )
  return { kept, unknown: elements.length - kept.length }
}
