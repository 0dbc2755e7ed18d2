import type { FlashcardsOptions as Options } from '@recto/shared/kinds/flashcards/flashcards'
import type { ChatRequest } from '../../llm/request.ts'

/** A card as the model is asked for it. Before the gate nothing about it is known: elements arrive as `unknown`. */
export type Draft = { front: string; back: string; source_quote: string }

/** Front and back in normal form, in which cards are compared and read. */
export type Sides = { front: string; back: string }

/**
 * In the order in which a card is judged. `leaks_prompt`: it repeats the instructions it was asked with, or the
 * delimiter; `foreign_*`: it holds a link, markup or unseen characters, or a key or token, that the source does not
 * have. `control_character`: it has one, or TeX whose backslashes were lost; `too_many`: it follows so many others that
 * it was not checked.
 */
export type DropReason =
  | 'invalid_shape'
  | 'too_long'
  | 'control_character'
  | 'leaks_prompt'
  | 'foreign_link'
  | 'foreign_markup'
  | 'foreign_secret'
  | 'ungrounded'
  | 'duplicate'
  | 'too_many'

/** In the order in which a card carries them. `duplicate_of_card` is set where the person's cards are known: on commit. */
export type Flag =
  | 'long_front'
  | 'long_back'
  | 'number_not_in_source'
  | 'duplicate_of_card'
  | 'near_duplicate'
  | 'leaks_answer'
  | 'not_self_contained'
  | 'not_atomic'
  | 'yes_no'
  | 'language'

/** A stretch of the source: `source_quote` is sliced from it, offsets are code points, half open. */
export type Quote = { source_quote: string; quote_start: number; quote_end: number }

/** A card that may be stored. `position` counts from 1; `fingerprint` is equal for equal normalised front and back. */
export type GatedCard = Quote & { position: number; front: string; back: string; flags: Flag[]; fingerprint: string }

/** `request` is the one that `content` answers; what it said beside the text must not come back in a card. */
export type GateInput = { content: readonly unknown[]; sourceText: string; options: Options; request: ChatRequest }

/** Every element is in one place: kept, dropped for its first reason, or good but above `max_cards` (surplus). */
export type GateResult = { cards: GatedCard[]; dropped: Partial<Record<DropReason, number>>; surplus: number }
