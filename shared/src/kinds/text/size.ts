import { codePoints } from '../../text.ts'
import type { TextInput, TextOptions, UseCase } from './text.ts'

/** The size of a text@1 request beside its texts. A test of the prompt holds it to these numbers. */
export const promptSize = {
  /** Bytes of UTF-8 of the instructions and the delimiters. */
  bytes: 2500,
  /** Tokens for a word in any script, and beside the words. */
  tokensPerWord: 8,
  tokensBesides: 300,
  /** Tokens for a code point of a text that is written anew, in any script. */
  tokensPerCodePoint: 1.5,
  /** Tokens of a usual word. */
  usualTokensPerWord: 2,
  /** The longest answer of common models. */
  tokens: 16_000,
} as const

/** The most words without `max_words`; null where the input decides how long the text is. */
const defaultWords: Record<UseCase, number | null> = {
  summary: 150,
  email: 300,
  description: 200,
  rewrite: null,
  translate: null,
  free: 1000,
}

/** The most words that a text should have; null when it may be as long as its input makes it. */
export const wordsWanted = ({ use_case }: Pick<TextInput, 'use_case'>, { max_words }: TextOptions): number | null =>
  max_words ?? defaultWords[use_case]

const leastTokensAnew = 1000

/** The longest answer to a request, in tokens. The request sends it as its limit. */
export const answerTokens = (input: TextInput, options: TextOptions): number => {
  const words = wordsWanted(input, options)
  const { tokensBesides, tokensPerWord, tokensPerCodePoint, tokens } = promptSize
  const wanted =
    words === null
      ? Math.max(leastTokensAnew, Math.ceil(codePoints(input.input) * tokensPerCodePoint))
      : words * tokensPerWord
  return Math.min(tokens, tokensBesides + wanted)
}

const usualWords = 200

/** A usual answer, in tokens. Routes are compared by it. */
export const usualAnswerTokens = ({ max_words }: TextOptions): number =>
  Math.min(max_words ?? usualWords, usualWords) * promptSize.usualTokensPerWord
