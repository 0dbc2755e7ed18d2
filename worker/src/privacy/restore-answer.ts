import { createTurn } from '../turn.ts'
import { placeholdersIn } from './placeholder.ts'
import { restoreDeep } from './restore-deep.ts'
import type { ScrubbedTexts } from './scrub.ts'
import { hasUnknownPlaceholder, isLarge } from './unknown-placeholders.ts'

// A model that repeats the placeholder of a long key makes a much longer answer than its provider sent.
const maxRestoredUnits = 2_000_000

/**
 * Puts the values back into the elements of an answer. Removes the elements that then contain a placeholder which the
 * sources do not contain: a model made it up, and the card would miss a value. The same is done with an element of more
 * than 2,000 values, and after 2,000,000 restored UTF-16 units. `unknown` is the number of removed elements. Lets the
 * event loop run between the elements.
 */
export const restoreAnswer = async (
  elements: readonly unknown[],
  { counts, restore }: ScrubbedTexts,
  sources: readonly string[],
): Promise<{ kept: unknown[]; unknown: number }> => {
  if (Object.keys(counts).length === 0) return { kept: [...elements], unknown: 0 }
  const turn = createTurn()
  const known = placeholdersIn(sources.join('\n'))
  let room = maxRestoredUnits
  const restoreWithinRoom = (text: string): string => {
    if (room <= 0) return text
    const restored = restore(text)
    room -= restored.length
    return restored
  }
  const kept: unknown[] = []
  for (const element of elements) {
    await turn()
    if (isLarge(element)) continue
    const restored = restoreDeep(element, restoreWithinRoom)
    if (!hasUnknownPlaceholder(restored, known)) kept.push(restored)
  }
  return { kept, unknown: elements.length - kept.length }
}
