import { FlashcardsOptions } from '@recto/shared/kinds/flashcards/flashcards'
import { z } from 'zod'
import { defineKind } from '../kind.ts'
import type { GatedCard } from './card.ts'
import { storeCards } from './store.ts'
import { promptVersions } from './versions.ts'

const Card = z.object({
  position: z.int(),
  front: z.string(),
  back: z.string(),
  source_quote: z.string(),
  quote_start: z.int(),
  quote_end: z.int(),
  flags: z.array(z.custom<GatedCard['flags'][number]>((flag) => typeof flag === 'string')),
  fingerprint: z.string(),
})

/** The bounds of the text are checked by the API and by the table: what a worker claims has passed them. */
const Input = z.strictObject({ source_text: z.string() })

/** Flashcards from one text, each proved by a quote from it. */
export const flashcards = defineKind({
  id: 'flashcards',
  input: Input,
  options: FlashcardsOptions,
  versions: promptVersions,
  result: z.array(Card),
  empty: 'failure',
  mapTexts: ({ source_text }, change) => ({ source_text: change(source_text) }),
  count: (cards) => cards.length,
  store: storeCards,
  suggestions: (cards) => cards.length,
  output: () => null,
})
