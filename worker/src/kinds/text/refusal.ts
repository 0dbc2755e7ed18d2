import { codePoints } from '@recto/shared/text'

/** A refusal explains little. Longer texts may begin with an apology for good reasons. */
const longest = 500

const cannot = "(?:can(?:'t|not| not)|could(?:n't| not)|won't|will not|(?:am|'m) (?:unable|not able|not allowed) to)"
const patterns = [
  `(?:(?:i'm|i am) )?(?:very )?sorry,? (?:but )?i ${cannot}`,
  `(?:unfortunately|i apologi[sz]e),? (?:but )?i ${cannot}`,
  `i ${cannot} (?:help|assist)(?: you)?(?: with (?:that|this|your)|[.!])`,
  `i ${cannot} (?:fulfil+|comply with|complete|process|do|write|provide|create|generate|produce|translate|summari[sz]e|discuss|engage) (?:with )?(?:that|this|such|your|it|the request)\\b`,
  'i must (?:decline|refuse)',
  '(?:as|being) an? (?:ai|artificial intelligence|(?:large )?language model)\\b',
  '(?:es tut mir leid|tut mir leid|leider),? (?:aber )?(?:ich )?(?:kann|darf) (?:ich )?',
  'ich kann (?:dir |ihnen )?(?:dabei|damit|bei dieser anfrage) nicht (?:helfen|behilflich)',
  '(?:je suis )?désolée?,? (?:mais )?je ne (?:peux|puis) pas',
  'je ne (?:peux|puis) pas (?:vous aider|répondre|satisfaire)',
  '(?:lo siento|lo lamento),? (?:pero )?no puedo',
  'no puedo (?:ayudarte|ayudarle|ayudar con|cumplir)',
  '(?:mi dispiace|spiacente),? (?:ma )?non posso',
  '(?:przepraszam|przykro mi|niestety),? (?:ale )?nie (?:mogę|jestem w stanie)',
  'nie mogę (?:ci |państwu )?(?:w tym )?pomóc',
]
const refusal = new RegExp(`^(?:${patterns.join('|')})`, 'iu')

const plain = (text: string): string => text.replace(/[‘’ʼ]/g, "'").replace(/^[\s"'“„»*_]+/u, '')

/** Whether a short text says only that its writer will not write. A text about a refusal of its input is none. */
export const isRefusal = (text: string, inputs: readonly string[]): boolean =>
  codePoints(text) <= longest && refusal.test(plain(text)) && !inputs.some((input) => refusal.test(plain(input)))
