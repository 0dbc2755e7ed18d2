import { wordsWanted } from '@recto/shared/kinds/text/size'
import type { TextInput, TextOptions } from '@recto/shared/kinds/text/text'
import { createTurn } from '../../turn.ts'
import { cutLongRuns } from '../characters/cut-long-runs.ts'
import { normalise } from '../characters/normalise.ts'
import { hasAtLeastWords } from '../characters/segmentation.ts'
import { createInvisibleCharacterCheck } from '../disallowed-content/invisible-characters.ts'
import { createLinkCheck } from '../disallowed-content/links.ts'
import { createMarkupCheck } from '../disallowed-content/markup.ts'
import { createPromptLeakCheck } from '../disallowed-content/prompt-leak.ts'
import { createSecretCheck } from '../disallowed-content/secrets.ts'
import type { Gated, GateInput } from '../kind.ts'
import { expectedLanguageOfTag, expectedLanguageOfText, isInOtherLanguage } from '../language.ts'
import { partsOf } from './parts.ts'
import { piecesOf } from './pieces.ts'
import { targetLanguage } from './prompt.ts'
import { isRefusal } from './refusal.ts'
import type { Template } from './use-cases/template.ts'
import { templateName, templates } from './use-cases/templates.ts'

/** A text that passed the gate; `text` is null when it did not. */
export type WrittenText = { text: string | null; use_case: TextInput['use_case']; template: string }

/** Why a text is dropped, in the order of the checks. */
export type DropReason =
  | 'invalid_shape'
  | 'too_long'
  | 'refusal'
  | 'leaks_prompt'
  | 'leaks_thinking'
  | 'invisible_character'
  | 'foreign_link'
  | 'foreign_markup'
  | 'foreign_secret'
  | 'wrong_language'

/** Models count words badly: a text may have a quarter more than it should. */
const wordTolerance = 1.25

/** So many UTF-16 units at the beginning of a text say in which language it is. */
const languageSample = 6000

const thinking = /<\/?(?:think|thinking|thought|reasoning|analysis|scratchpad)>|<\|[^|<>\n]{1,40}\|>/i

/** The expected language; null where the person may wish for any. */
const expectedLanguage = (template: Template, { input }: TextInput, options: TextOptions) => {
  const tag = targetLanguage(template, options)
  if (tag !== null) return expectedLanguageOfTag(tag)
  return template.language === 'input' ? expectedLanguageOfText(input) : null
}

/** A check of the whole text, or of each of its pieces. */
export type Check = { reason: DropReason; of: 'whole' | 'pieces'; holds(text: string): boolean }

/** The checks of one answer in their order, which is that of `DropReason`. The cheap ones come first. */
export const checksOf = ({ input, options, request }: Omit<GateInput<TextInput, TextOptions>, 'elements'>): Check[] => {
  const template = templates[input.use_case]
  const inputs = [input.input, input.context ?? '']
  const source = cutLongRuns(inputs.join('\n'))
  const words = wordsWanted(input, options)
  const most = words === null ? null : Math.floor(words * wordTolerance)
  const isMarkup = template.markup ? () => false : createMarkupCheck(source)
  const language = expectedLanguage(template, input, options)
  const isOtherLanguage = (text: string): boolean =>
    language !== null && isInOtherLanguage(normalise(text.slice(0, languageSample)), language)
  return [
    { reason: 'too_long', of: 'whole', holds: (text) => most !== null && hasAtLeastWords(text, most + 1) },
    { reason: 'refusal', of: 'whole', holds: (text) => isRefusal(text, inputs) },
    { reason: 'leaks_prompt', of: 'pieces', holds: createPromptLeakCheck(partsOf(request), source) },
    { reason: 'leaks_thinking', of: 'whole', holds: (text) => thinking.test(text) && !thinking.test(source) },
    { reason: 'invisible_character', of: 'whole', holds: createInvisibleCharacterCheck(source) },
    { reason: 'foreign_link', of: 'pieces', holds: createLinkCheck(source) },
    { reason: 'foreign_markup', of: 'pieces', holds: isMarkup },
    { reason: 'foreign_secret', of: 'whole', holds: createSecretCheck(source) },
    { reason: 'wrong_language', of: 'whole', holds: isOtherLanguage },
  ]
}

const reasonToDrop = async (text: unknown, answered: GateInput<TextInput, TextOptions>): Promise<DropReason | null> => {
  if (typeof text !== 'string' || text === '' || !text.isWellFormed() || text.includes('\u0000')) return 'invalid_shape'
  const turn = createTurn()
  const whole = cutLongRuns(text)
  const pieces = piecesOf(whole)
  for (const { reason, of, holds } of checksOf(answered))
    for (const part of of === 'whole' ? [whole] : pieces) {
      await turn()
      if (holds(part)) return reason
    }
  return null
}

/**
 * Lets a text pass unless it leaks the prompt, has a link, markup or secret that input and context lack, is in another
 * language, too long, or a refusal. Nothing here proves that what it says is true.
 */
export const gate = async (answered: GateInput<TextInput, TextOptions>): Promise<Gated<WrittenText>> => {
  const { use_case } = answered.input
  const [text] = answered.elements
  const reason = await reasonToDrop(text, answered)
  const kept = reason === null && typeof text === 'string' ? text : null
  return {
    result: { text: kept, use_case, template: templateName(use_case) },
    dropped: reason === null ? {} : { [reason]: 1 },
    surplus: 0,
  }
}
