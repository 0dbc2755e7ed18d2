import { answerTokens, promptSize } from '../cost.ts'
import type { KindContract } from './contract.ts'
import { cardBounds, FlashcardsInput, FlashcardsOptions, flashcardsVersions } from './flashcards.ts'

export const flashcardsContract: KindContract = {
  id: 'flashcards',
  input: FlashcardsInput,
  options: FlashcardsOptions,
  promptVersions: flashcardsVersions,
  defaultPromptVersion: 'flashcards@1',
  column: 'source_text',
  promptBytes: promptSize.bytes,
  leastAnswerTokens: answerTokens(cardBounds.min),
  answerTokens: (options) => answerTokens(FlashcardsOptions.parse(options).max_cards),
}
