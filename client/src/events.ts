import type { Generation, Suggestion } from './api.ts'

/** A card that is stored. `key` is that of the provisional card that it was before. */
export type StoredSuggestion = { provisional: false; key: string } & Suggestion

/**
 * A card while the model writes. It has passed the checks that can be made by then, and may still be withdrawn. `attempt`
 * counts the runs of the generation.
 */
export type ProvisionalSuggestion = { provisional: true; attempt: number; key: string } & Pick<
  Suggestion,
  'front' | 'back' | 'source_quote' | 'quote_start' | 'quote_end' | 'flags'
>

/**
 * A part of the text of a kind whose result is one text. `offset`: how many code points of the text come before it. At
 * offset 0 the text begins anew. The stored text comes whole, once, and is not provisional.
 */
export type Delta = { provisional: boolean; attempt: number; offset: number; text: string }

/** A provisional card that is void: why, as a word of the API. */
export type Withdrawn = { key: string; reason: string }

/** What happens to a generation. `type` tells which data an event has. */
export type GenerationEvent =
  /** First of all, and when the status, the attempt, or what it waits for (`ai_metadata.waiting`) changes. */
  | { type: 'status'; data: Generation }
  /** Each card comes once while the model writes, and once when it is stored. */
  | { type: 'suggestion'; data: ProvisionalSuggestion | StoredSuggestion }
  /** More of a text: each part comes once, in order, and after a lost connection all from offset 0. */
  | { type: 'delta'; data: Delta }
  /** How far the model's answer is: cards that passed so far, and characters. */
  | { type: 'progress'; data: { attempt: number; items: number; characters: number } }
  /** All provisional cards, and what was shown of a text, are void. */
  | { type: 'reset'; data: { attempt: number } }
  | { type: 'withdrawn'; data: Withdrawn }
  /** The last event, when the generation is over. No provisional card is left then. */
  | { type: 'done'; data: Generation }
