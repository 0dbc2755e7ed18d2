import { normalise } from './normalise.ts'

// A heuristic, kept small: the script settles most cases, frequent words settle eight languages in Latin script.
// What neither settles (Czech or Swedish, Russian or Ukrainian) is not flagged.
const scripts: Record<string, RegExp> = {
  Latn: /\p{sc=Latn}/gu,
  Cyrl: /\p{sc=Cyrl}/gu,
  Arab: /\p{sc=Arab}/gu,
  Hebr: /\p{sc=Hebr}/gu,
  Grek: /\p{sc=Grek}/gu,
  Deva: /\p{sc=Deva}/gu,
  Thai: /\p{sc=Thai}/gu,
  Hang: /\p{sc=Hang}/gu,
  Hani: /[\p{sc=Hani}\p{sc=Hira}\p{sc=Kana}]/gu,
}
const scriptOfLocale: Record<string, string> = { Jpan: 'Hani', Hans: 'Hani', Hant: 'Hani', Kore: 'Hang' }
const kana = /[\p{sc=Hira}\p{sc=Kana}]/gu

const split = (words: string): ReadonlySet<string> => new Set(words.split(' '))
const frequent: Record<string, ReadonlySet<string>> = {
  en: split(
    'the of and is are was were to in that which what who how when where does did by for with from this have has',
  ),
  de: split(
    'der die das und ist sind wird wurde werden ein eine einer den dem des nicht von zu mit welche welcher welches wer wann wie auf für',
  ),
  fr: split(
    'le la les des du est sont et une un dans pour que qui quel quelle quand où par sur avec pas été ce il elle au aux',
  ),
  es: split('el la los las de del que es son en y un una qué cuál quién cuándo dónde por para con se no fue al cómo'),
  it: split('il lo la gli le di del della che è sono e un una in per con chi quale quando dove si non nel alla come'),
  pt: split('o a os as de do da dos das que é são em e um uma qual quem quando onde por para com não foi no na ao'),
  nl: split('de het een van en is zijn dat die wat wie wanneer waar welke niet met voor op door wordt werd naar hoe'),
  pl: split(
    'i w z na do nie się jest są to co kto jak jaki jaka jakie który która które kiedy gdzie ile przez dla od oraz czy po został',
  ),
}

/** What a card is expected to be written in; null where it cannot be told. */
type Expected = { script: string | null; language: string | null }

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

const dominantScript = (text: string): string | null => {
  const letters = count(text, /\p{L}/gu)
  if (letters < 8) return null
  return Object.entries(scripts).find(([, letter]) => count(text, letter) > 0.6 * letters)?.[0] ?? null
}

const frequentWords = (text: string): { language: string; hits: number }[] => {
  const words = [...new Set(text.match(/\p{L}+/gu))]
  return Object.entries(frequent)
    .map(([language, set]) => ({ language, hits: words.filter((word) => set.has(word)).length }))
    .sort((a, b) => b.hits - a.hits)
}

/** What a language tag asks for; an unknown tag asks for nothing. */
export const expectedOfTag = (tag: string): Expected => {
  try {
    const { language, script = '' } = new Intl.Locale(tag).maximize()
    const family = scriptOfLocale[script] ?? script
    return { script: family in scripts ? family : null, language }
  } catch {
    return { script: null, language: null }
  }
}

/** What a source is written in, as far as its beginning tells. */
export const expectedOfText = (sourceText: string): Expected => {
  const sample = normalise(sourceText.slice(0, 3000))
  const script = dominantScript(sample)
  if (script === 'Hani') return { script, language: count(sample, kana) > sample.length / 10 ? 'ja' : 'zh' }
  if (script !== 'Latn') return { script, language: null }
  const [first, second] = frequentWords(sample)
  const clear = first !== undefined && second !== undefined && first.hits >= 8 && first.hits >= 1.5 * second.hits
  return { script, language: clear ? first.language : null }
}

/** Whether a card, in normal form, is plainly written in something else than expected. */
export const isInOtherLanguage = (card: string, expected: Expected): boolean => {
  const script = dominantScript(card)
  if (expected.script !== null && script !== null && script !== expected.script) return true
  if (script === 'Hani' && expected.language === 'zh') return count(card, kana) >= 3
  if (script === 'Hani' && expected.language === 'ja') return count(card, kana) === 0 && count(card, /\p{L}/gu) >= 15
  if (script !== 'Latn' || expected.language === null || !(expected.language in frequent)) return false
  const ranking = frequentWords(card)
  const own = ranking.find(({ language }) => language === expected.language)?.hits ?? 0
  const best = ranking[0]?.hits ?? 0
  return best >= 3 && best >= 2 * own + 1
}
