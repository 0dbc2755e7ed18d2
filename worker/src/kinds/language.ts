import { codePoints } from '@recto/shared/text'
import { isAscii } from './characters/ascii.ts'
import { normalise } from './characters/normalise.ts'

// A small heuristic: the script identifies most languages, frequent words identify eight languages in Latin script.
// A difference that neither shows, such as Czech or Swedish, Russian or Ukrainian, is not flagged.
// Each pattern matches what does not belong to its script.
const otherScripts: Record<string, RegExp> = {
  Latn: /\P{sc=Latn}+/gu,
  Cyrl: /\P{sc=Cyrl}+/gu,
  Arab: /\P{sc=Arab}+/gu,
  Hebr: /\P{sc=Hebr}+/gu,
  Grek: /\P{sc=Grek}+/gu,
  Deva: /\P{sc=Deva}+/gu,
  Thai: /\P{sc=Thai}+/gu,
  Hang: /\P{sc=Hang}+/gu,
  Hani: /[^\p{sc=Hani}\p{sc=Hira}\p{sc=Kana}]+/gu,
}
const scriptOfLocale: Record<string, string> = { Jpan: 'Hani', Hans: 'Hani', Hant: 'Hani', Kore: 'Hang' }
const kana = /[\p{sc=Hira}\p{sc=Kana}]/gu

const wordSet = (words: string): ReadonlySet<string> => new Set(words.split(' '))
const frequentWords: Record<string, ReadonlySet<string>> = {
  en: wordSet(
    'the of and is are was were to in that which what who how when where does did by for with from this have has',
  ),
  de: wordSet(
    'der die das und ist sind wird wurde werden ein eine einer den dem des nicht von zu mit welche welcher welches wer wann wie auf für',
  ),
  fr: wordSet(
    'le la les des du est sont et une un dans pour que qui quel quelle quand où par sur avec pas été ce il elle au aux',
  ),
  es: wordSet('el la los las de del que es son en y un una qué cuál quién cuándo dónde por para con se no fue al cómo'),
  it: wordSet('il lo la gli le di del della che è sono e un una in per con chi quale quando dove si non nel alla come'),
  pt: wordSet('o a os as de do da dos das que é são em e um uma qual quem quando onde por para com não foi no na ao'),
  nl: wordSet('de het een van en is zijn dat die wat wie wanneer waar welke niet met voor op door wordt werd naar hoe'),
  pl: wordSet(
    'i w z na do nie się jest są to co kto jak jaki jaka jakie który która które kiedy gdzie ile przez dla od oraz czy po został',
  ),
}

/** The languages in which a word is frequent, by word. */
const languagesOf = new Map<string, string[]>()
for (const [language, words] of Object.entries(frequentWords))
  for (const word of words) languagesOf.set(word, [...(languagesOf.get(word) ?? []), language])

/** The script (ISO 15924) and language (ISO 639) expected of a card; null where neither is known. */
type ExpectedLanguage = { script: string | null; language: string | null }

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

/** How many code points of a text are left without what `others` matches: faster than to match each of them. */
const countOther = (text: string, others: RegExp): number => codePoints(text.replace(others, ''))

/** Returns the script of more than 60 % of the letters; null if there is none or the text has fewer than 8 letters. */
const dominantScript = (text: string): string | null => {
  const letters = countOther(text, /\P{L}+/gu)
  if (letters < 8) return null
  if (isAscii(text)) return 'Latn'
  return Object.entries(otherScripts).find(([, others]) => countOther(text, others) > 0.6 * letters)?.[0] ?? null
}

/**
 * Returns the languages in Latin script with the number of their frequent words in a text, the highest number first.
 */
const rankLanguages = (text: string): { language: string; hits: number }[] => {
  const hits = new Map(Object.keys(frequentWords).map((language) => [language, 0]))
  for (const word of new Set(text.match(/\p{L}+/gu)))
    for (const language of languagesOf.get(word) ?? []) hits.set(language, (hits.get(language) ?? 0) + 1)
  return Array.from(hits, ([language, found]) => ({ language, hits: found })).sort((a, b) => b.hits - a.hits)
}

/** Returns the script and language of a language tag (BCP 47); an invalid tag expects no language. */
export const expectedLanguageOfTag = (tag: string): ExpectedLanguage => {
  try {
    const { language, script = '' } = new Intl.Locale(tag).maximize()
    const family = scriptOfLocale[script] ?? script
    return { script: family in otherScripts ? family : null, language }
  } catch {
    return { script: null, language: null }
  }
}

/** Returns the script and language of a source, judged by its first 3,000 UTF-16 units. */
export const expectedLanguageOfText = (sourceText: string): ExpectedLanguage => {
  const sample = normalise(sourceText.slice(0, 3000)).slice(0, 3000)
  const script = dominantScript(sample)
  if (script === 'Hani') return { script, language: count(sample, kana) > sample.length / 10 ? 'ja' : 'zh' }
  if (script !== 'Latn') return { script, language: null }
  const [first, second] = rankLanguages(sample)
  const isClear = first !== undefined && second !== undefined && first.hits >= 8 && first.hits >= 1.5 * second.hits
  return { script, language: isClear ? first.language : null }
}

/** Whether a card in normal form is clearly written in another language than expected; doubtful cases are not. */
export const isInOtherLanguage = (card: string, expected: ExpectedLanguage): boolean => {
  const script = dominantScript(card)
  if (expected.script !== null && script !== null && script !== expected.script) return true
  if (script === 'Hani' && expected.language === 'zh') return count(card, kana) >= 3
  if (script === 'Hani' && expected.language === 'ja') return count(card, kana) === 0 && count(card, /\p{L}/gu) >= 15
  if (script !== 'Latn' || expected.language === null || !(expected.language in frequentWords)) return false
  const ranking = rankLanguages(card)
  const own = ranking.find(({ language }) => language === expected.language)?.hits ?? 0
  const best = ranking[0]?.hits ?? 0
  return best >= 3 && best >= 2 * own + 1
}
