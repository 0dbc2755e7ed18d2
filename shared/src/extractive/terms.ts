/** Words of a sentence that a card may ask for, with a score of how suitable they are. */
export type Term = { text: string; kind: 'number' | 'name' | 'word'; score: number }

type Word = { text: string; start: number; end: number }

const wordSegmenter = new Intl.Segmenter('en', { granularity: 'word' })
const number = /^\p{Nd}/u
const capitalised = /^\p{Lu}[\p{L}\p{M}\p{N}'’.-]+$/u
const ideographic = /^[\p{Script=Han}\p{Script=Katakana}ー々]+$/u
const kana = /\p{Script=Hiragana}/u
const arabic = /\p{Script=Arabic}/u

// Long function words, which make poor questions, in the languages that have any.
const functionWords = new Set(
  `about above according across after again against almost already although always another anything because become before
  behind being between beyond cannot could during either enough everything further having however itself little might
  myself neither nothing others otherwise perhaps please really rather second should simply someone something sometimes
  somehow themselves therefore
  though through together towards under until usually various whether which within without would yourself
  allen aller alles anderen bereits damit dabei daraus dieser dieses durch einem einen einer gegen jedoch keine können
  müssen nicht nichts oder sollen sollten soweit sowie werden wurde wurden zwischen
  bardzo będzie będą również której którego które którzy możesz można musisz oraz ponieważ powinien przed przez przy
  także tego twoje twojego twojej wszystkie wszystkich zawsze
  alors aussi autre autres avant avec cette chaque comme depuis encore entre lorsque plusieurs pourquoi quelque toujours
  من على إلى الذي التي ذلك هذا هذه يمكن يمكنك عندما`.split(/\s+/u),
)

const wordsOf = (sentence: string): Word[] =>
  [...wordSegmenter.segment(sentence)]
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment, index }) => ({ text: segment, start: index, end: index + segment.length }))

/** Joins neighbouring words to one term: a name of several words, or a compound of ideographs. */
const joined = (sentence: string, words: readonly Word[], belongs: (text: string) => boolean, gap: RegExp): Word[] => {
  const runs: Word[] = []
  for (const word of words) {
    const last = runs.at(-1)
    if (!belongs(word.text)) continue
    if (last && gap.test(sentence.slice(last.end, word.start))) {
      last.text = sentence.slice(last.start, word.end)
      last.end = word.end
    } else runs.push({ ...word })
  }
  return runs
}

const wordScore = (text: string, frequency: ReadonlyMap<string, number>) => {
  const times = frequency.get(text.toLowerCase()) ?? 0
  return 1 + Math.min(text.length, 14) / 7 + (times >= 2 && times <= 8 ? 0.7 : 0)
}

/**
 * Finds the terms that a card may blank out in a sentence, best first: numbers, names, compounds of ideographs, long
 * words.
 * @param frequency how often each lower-case word occurs in the whole text
 */
export const findTerms = (sentence: string, frequency: ReadonlyMap<string, number>): Term[] => {
  const words = wordsOf(sentence)
  const inner = words.slice(1)
  const numbers = inner
    .filter(({ text }) => number.test(text))
    .map(({ text, end }) => (sentence[end] === '%' ? `${text}%` : text))
    .map((text): Term => ({ text, kind: 'number', score: 4 + Math.min(text.length, 8) / 4 }))
  // The first word of a sentence is always capitalised, so capitals there do not show that it is a name.
  const names = joined(sentence, words, (text) => capitalised.test(text), /^[ -]$/u)
    .filter(({ text, start }) => start !== words[0]?.start && text.split(' ').length <= 4)
    .map(({ text }): Term => ({ text, kind: 'name', score: 3.5 + Math.min(text.length, 20) / 20 }))
  const compounds = joined(sentence, words, (text) => ideographic.test(text), /^$/u)
    .filter(({ text }) => text.length >= 2 && text.length <= 14)
    .map(({ text }): Term => ({ text, kind: 'word', score: 2.5 + Math.min(text.length, 8) / 8 }))
  const plain = words
    .filter(({ text }) => !functionWords.has(text.toLowerCase()) && !ideographic.test(text) && !kana.test(text))
    .filter(({ text }) => /^[\p{L}\p{M}]+$/u.test(text) && text.length >= (arabic.test(text) ? 5 : 6))
    .map(({ text }): Term => ({ text, kind: 'word', score: wordScore(text, frequency) }))
  return [...numbers, ...names, ...compounds, ...plain].sort((a, b) => b.score - a.score)
}
