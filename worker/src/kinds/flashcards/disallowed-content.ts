import type { ChatRequest } from '../../llm/request.ts'
import { contentsOf } from '../contents-of.ts'
import { delimiterOf } from '../delimiter.ts'
import { confusableSkeleton } from '../disallowed-content/confusable-skeleton.ts'
import { createInvisibleCharacterCheck } from '../disallowed-content/invisible-characters.ts'
import { createLinkCheck } from '../disallowed-content/links.ts'
import { createMarkupCheck } from '../disallowed-content/markup.ts'
import { createPromptLeakCheck, type PromptParts } from '../disallowed-content/prompt-leak.ts'
import { createSecretCheck } from '../disallowed-content/secrets.ts'
import type { DropReason } from './card.ts'
import { example } from './example.ts'
import { workedExample } from './prompt.ts'

const longWordsOf = (text: string): Set<string> => new Set(confusableSkeleton(text).match(/[a-z]{5,}/g))

const exampleWords = [...longWordsOf(example.text)]

const isHalfOfExample = (words: string[]): boolean => 2 * words.length >= exampleWords.length

/** Whether the source shares at least half of the long words of the prompt's example, and so its subject. */
const isAboutExample = (sourceText: string): boolean => {
  const skeleton = confusableSkeleton(sourceText)
  // Few sources have so many of them, be it as parts of other words, that their own words have to be listed.
  const found = exampleWords.filter((word) => skeleton.includes(word))
  if (!isHalfOfExample(found)) return false
  const words = longWordsOf(sourceText)
  return isHalfOfExample(found.filter((word) => words.has(word)))
}

/** Returns what cards must not repeat. For a source on the example's subject the worked example may be repeated. */
const promptPartsOf = (request: ChatRequest, sourceText: string): PromptParts => {
  const system = contentsOf(request, 'system')
  const instructions = isAboutExample(sourceText) ? system.replace(workedExample, () => '') : system
  return { instructions: `${instructions}\n${JSON.stringify(request.schema)}`, delimiter: delimiterOf(request) }
}

/**
 * Prepares a request and its source once. The returned function receives front and back of a card as one text. It
 * returns a drop reason if the text repeats the prompt, or has a link, markup or secret that the source lacks.
 */
export const createDisallowedContentCheck = (
  request: ChatRequest,
  sourceText: string,
): ((text: string) => DropReason | null) => {
  const leaksPrompt = createPromptLeakCheck(promptPartsOf(request, sourceText), sourceText)
  const hasLink = createLinkCheck(sourceText)
  const hasMarkup = createMarkupCheck(sourceText)
  const hasInvisibleCharacters = createInvisibleCharacterCheck(sourceText)
  const hasSecret = createSecretCheck(sourceText)
  return (text) => {
    if (leaksPrompt(text)) return 'leaks_prompt'
    if (hasLink(text)) return 'foreign_link'
    if (hasMarkup(text) || hasInvisibleCharacters(text)) return 'foreign_markup'
    return hasSecret(text) ? 'foreign_secret' : null
  }
}
