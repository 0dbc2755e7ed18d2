import { z } from 'zod'
import type { KindContract } from '../contract.ts'
import { cardBounds, FlashcardsInput, FlashcardsOptions, flashcardsVersions } from './flashcards.ts'
import { answerTokens, promptSize, usualAnswerTokens } from './size.ts'

/** The input was checked when it was received. */
const Text = FlashcardsInput.extend({ source_text: z.string() })

export const flashcardsContract: KindContract = {
  id: 'flashcards',
  input: FlashcardsInput,
  options: FlashcardsOptions,
  promptVersions: flashcardsVersions,
  defaultPromptVersion: 'flashcards@1',
  column: 'source_text',
  grounded: true,
  promptBytes: promptSize.bytes,
  leastAnswerTokens: answerTokens({ max_cards: cardBounds.min }, 'a text in ASCII'),
  answerTokens: (input, options) => answerTokens(FlashcardsOptions.parse(options), Text.parse(input).source_text),
  usualAnswerTokens: (options) => usualAnswerTokens(FlashcardsOptions.parse(options)),
}
