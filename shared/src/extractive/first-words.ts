import { readable } from './cards.ts'
import { sentences } from './sentences.ts'

const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

const wordsOf = (text: string): Intl.SegmentData[] =>
  [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike === true)

/** The first sentences of a text that have at most so many words together, or the first words of a longer sentence. */
export const firstWords = (text: string, most: number): string => {
  const all = sentences(text).map(({ start, end }) => readable(text.slice(start, end)))
  const kept: string[] = []
  let left = most
  for (const sentence of all.length > 0 ? all : [readable(text)]) {
    const words = wordsOf(sentence)
    if (words.length > left) {
      if (kept.length === 0) kept.push(`${sentence.slice(0, words[left]?.index).trimEnd()} …`)
      break
    }
    kept.push(sentence)
    left -= words.length
  }
  return kept.join(' ')
}
