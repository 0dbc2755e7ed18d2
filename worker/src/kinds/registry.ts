import { chat } from './chat/kind.ts'
import { codeReview } from './code-review/kind.ts'
import { flashcards } from './flashcards/kind.ts'
import type { AnyKind } from './kind.ts'
import { text } from './text/kind.ts'

const kinds = new Map<string, AnyKind>()

/**
 * Adds a kind. A file that calls this can be loaded before the worker starts (`node --import`).
 * @throws RangeError when there is a kind of this id already
 */
export const registerKind = (kind: AnyKind): void => {
  if (kinds.has(kind.id)) throw new RangeError(`there is a kind ${kind.id} already`)
  kinds.set(kind.id, kind)
}

export const findKind = (id: string): AnyKind | undefined => kinds.get(id)

for (const kind of [flashcards, codeReview, chat, text]) registerKind(kind)
