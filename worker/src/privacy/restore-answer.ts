import { createTurn } from '../turn.ts'
import { placeholdersIn } from './placeholder.ts'
import { restoreDeep } from './restore-deep.ts'
import type { ScrubbedTexts } from './scrub.ts'
import { hasUnknownPlaceholder, isLarge } from './unknown-placeholders.ts'

// A model that repeats the placeholder of a long key makes a much longer answer than its provider sent.
const maxRestoredUnits = 2_000_000

/**
 * `keepUnknown`: an element with a made-up placeholder is kept. Of one text, all would be lost, and it stands there to
 * be seen.
 */
export type RestoreOptions = { keepUnknown?: boolean }

/**
 * Prepares to put the values back into the elements of one answer. The returned function restores one element, and
 * answers null for one that then has a placeholder which the sources lack: a model made it up, and the element would miss
 * a value. So it does for an element of more than 2,000 values, and of what comes after 2,000,000 restored UTF-16 units.
 */
export const createRestore = (
  { counts, restore }: ScrubbedTexts,
  sources: readonly string[],
  { keepUnknown = false }: RestoreOptions = {},
): ((element: unknown) => { value: unknown } | null) => {
  if (Object.keys(counts).length === 0) return (value) => ({ value })
  const known = placeholdersIn(sources.join('\n'))
  let room = maxRestoredUnits
  const restoreWithinRoom = (text: string): string => {
    if (room <= 0) return text
    const restored = restore(text)
    room -= restored.length
    return restored
  }
  return (element) => {
    if (isLarge(element)) return null
    const value = restoreDeep(element, restoreWithinRoom)
    return !keepUnknown && hasUnknownPlaceholder(value, known) ? null : { value }
  }
}

/**
 * Restores the elements of a whole answer, and removes those that cannot be. `unknown` is the number of removed elements.
 * Lets the event loop run between the elements.
 */
export const restoreAnswer = async (
  elements: readonly unknown[],
  outgoing: ScrubbedTexts,
  sources: readonly string[],
  options: RestoreOptions = {},
): Promise<{ kept: unknown[]; unknown: number }> => {
  if (Object.keys(outgoing.counts).length === 0) return { kept: [...elements], unknown: 0 }
  const turn = createTurn()
  const restore = createRestore(outgoing, sources, options)
  const kept: unknown[] = []
  for (const element of elements) {
    await turn()
    const restored = restore(element)
    if (restored) kept.push(restored.value)
  }
  return { kept, unknown: elements.length - kept.length }
}
