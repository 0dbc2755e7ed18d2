import type { FlashcardsInput, FlashcardsOptions, flashcardsVersions } from '@recto/shared/kinds/flashcards/flashcards'
import type { PromptVersion } from '../kind.ts'
import type { GatedCard } from './card.ts'
import { gate } from './gate.ts'
import { readGrowingCards } from './growing-cards.ts'
import { itemOf, openItemGate } from './item-gate.ts'
import { parse } from './parse.ts'
import { request } from './prompt.ts'

/** By `prompt_version`, exactly those that the API accepts. Old versions stay while rows name them. */
export const promptVersions: Readonly<
  Record<(typeof flashcardsVersions)[number], PromptVersion<FlashcardsInput, FlashcardsOptions, GatedCard[]>>
> = {
  'flashcards@1': {
    request: ({ input, ...asked }) => request({ sourceText: input.source_text, ...asked }),
    parse,
    gate: async ({ elements, input, options, request: asked }) => {
      const { cards, ...counts } = await gate({
        content: elements,
        sourceText: input.source_text,
        options,
        request: asked,
      })
      return { ...counts, result: cards }
    },
    stream: {
      read: readGrowingCards,
      openGate: async ({ input, options, request: asked }) =>
        openItemGate({ sourceText: input.source_text, options, request: asked }),
      items: (cards) => cards.map(itemOf),
    },
  },
}
