import { placeholdersIn } from './placeholder.ts'
import { restoreDeep } from './restore-deep.ts'

const marksIn = (element: unknown): Set<string> => {
  const marks = new Set<string>()
  restoreDeep(element, (text) => {
    for (const mark of placeholdersIn(text)) marks.add(mark)
    return text
  })
  return marks
}

/**
 * The elements of an answer, restored already, without those that hold a placeholder which the source does not have, and how
 * many these were: a model that made one up would leave a card with a hole in it.
 */
export const withoutUnknownPlaceholders = (
  elements: readonly unknown[],
  sourceText: string,
): { kept: unknown[]; unknown: number } => {
  const known = placeholdersIn(sourceText)
  const kept = elements.filter((element) => [...marksIn(element)].every((mark) => known.has(mark)))
  return { kept, unknown: elements.length - kept.length }
}
