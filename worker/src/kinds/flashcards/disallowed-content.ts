import type { ChatRequest } from '../../llm/request.ts'
import type { DropReason } from './card.ts'
import { example } from './example.ts'
import { unseenFinder } from './invisible.ts'
import { type Asked, leakFinder } from './leak.ts'
import { linkFinder } from './links.ts'
import { markupFinder } from './markup.ts'
import { workedExample } from './prompt.ts'
import { secretFinder } from './secret.ts'
import { skeleton } from './skeleton.ts'

const subject = [...new Set(skeleton(example.text).match(/[a-z]{5,}/g))]

/** Whether the source is about what the example is about: then a good card may well be one of the example's. */
const sharesExample = (sourceText: string): boolean => {
  const words = new Set(skeleton(sourceText).match(/[a-z]{5,}/g))
  return 2 * subject.filter((word) => words.has(word)).length >= subject.length
}

const askedIn = ({ messages, schema }: ChatRequest, sourceText: string): Asked => {
  const saying = (role: 'system' | 'user') =>
    messages.flatMap((message) => (message.role === role ? message.content : []))
  const system = saying('system').join('\n')
  const instructions = sharesExample(sourceText) ? system.replace(workedExample, () => '') : system
  const [, delimiter = null] = /^<(\S+)>\n/.exec(saying('user').join('\n')) ?? []
  return { instructions: `${instructions}\n${JSON.stringify(schema)}`, delimiter }
}

/**
 * Prepares a request and its source once; the function then says why a card's sides, as one text, hold what neither the
 * source can have given nor a learner wants, or null when they do not.
 */
export const disallowedContentFinder = (
  request: ChatRequest,
  sourceText: string,
): ((text: string) => DropReason | null) => {
  const leaks = leakFinder(askedIn(request, sourceText), sourceText)
  const hasLink = linkFinder(sourceText)
  const hasMarkup = markupFinder(sourceText)
  const hasUnseen = unseenFinder(sourceText)
  const hasSecret = secretFinder(sourceText)
  return (text) => {
    if (leaks(text)) return 'leaks_prompt'
    if (hasLink(text)) return 'foreign_link'
    if (hasMarkup(text) || hasUnseen(text)) return 'foreign_markup'
    return hasSecret(text) ? 'foreign_secret' : null
  }
}
