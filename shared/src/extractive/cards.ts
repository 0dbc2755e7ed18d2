import { splitIntoClauses } from './clauses.ts'
import { type Span, sentences } from './sentences.ts'
import { findTerms, type Term } from './terms.ts'

/** A card made only of words of the text. */
export type Card = { front: string; back: string; source_quote: string }

type Candidate = { card: Card; start: number; sentence: number; score: number }

export const BLANK = '____'
const LONGEST_QUOTE = 300

const cjk = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u
/** Words by which a sentence defines something, in several languages. */
const definition =
  /\b(?:is|are|was|were|means|consists?|called|jest|są|był|była|oznacza|ist|sind|war|bedeutet|heißt|est|sont|était|signifie)\b|とは|である|です|(?:^|\s)(?:هو|هي|تعني|يعني)\s/iu
/** First words that refer to an earlier sentence or to the reader. */
const refersElsewhere =
  /^(?:it|this|that|these|those|he|she|they|we|you|i|if|so|but|and|or|yes|no|ale|to|ten|ta|te|jeśli|es|dies|diese|sie|er|wenn|il|elle|ce|cela|si|و)\s/iu
const question = /[?？؟]/u
const markup = /[\\{}$<>|=]|https?:|__/u

/** Removes superfluous white space and Markdown's marks of emphasis and code. */
export const readable = (quote: string): string =>
  quote
    .replace(/[*`]/gu, '')
    .replace(/(?<=^|[\s("'“„])_+|_+(?=[\s).,!?:;"'”]|$)/gu, '')
    .replace(/\s+/gu, ' ')
    .trim()

const isWorthACard = (sentence: string) => {
  if (cjk.test(sentence)) return sentence.length >= 14
  return sentence.length >= 30 && sentence.split(' ').length >= 5
}

const sentenceScore = (sentence: string) =>
  (definition.test(sentence) ? 1.5 : 0) +
  (/[.!。]["'”»)]?$/u.test(sentence) ? 1 : 0) +
  (sentence.length >= 45 ? 0.5 : 0) -
  (refersElsewhere.test(sentence) ? 2 : 0) -
  (markup.test(sentence) ? 3 : 0) -
  (/\p{Extended_Pictographic}|["“”„«»《]/u.test(sentence) ? 1 : 0)

/** Whether a term occurs exactly once in a sentence. */
const standsOnce = (sentence: string, { text }: Term) => {
  const [where, what] = [sentence.toLowerCase(), text.toLowerCase()]
  const first = where.indexOf(what)
  return first >= 0 && where.indexOf(what, first + 1) < 0 && sentence.includes(text)
}

const wordFrequency = (text: string) => {
  const frequency = new Map<string, number>()
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{M}]{5,}/gu)) {
    frequency.set(word, (frequency.get(word) ?? 0) + 1)
  }
  return frequency
}

const clozeOf = (text: string, sentence: Span, clause: Span, term: Term): Card => {
  const shown = readable(text.slice(clause.start, clause.end))
  const at = shown.indexOf(term.text)
  const front = `${shown.slice(0, at)}${BLANK}${shown.slice(at + term.text.length)}`
  const quoted = sentence.end - sentence.start <= LONGEST_QUOTE ? sentence : clause
  return {
    front: `${clause.start > sentence.start ? '… ' : ''}${front}${clause.end < sentence.end ? ' …' : ''}`,
    back: term.text,
    source_quote: text.slice(quoted.start, quoted.end),
  }
}

/** Chooses the best candidates: first one per sentence, then more of the same sentences, but no front twice. */
const choose = (candidates: readonly Candidate[], wanted: number) => {
  const chosen: Candidate[] = []
  for (const perSentence of [1, Infinity]) {
    for (const candidate of candidates) {
      if (chosen.length === wanted) return chosen
      const siblings = chosen.filter(({ sentence }) => sentence === candidate.sentence)
      const known = chosen.some(({ card }) => card.front === candidate.card.front)
      if (siblings.length < perSentence && !known) chosen.push(candidate)
    }
  }
  return chosen
}

/**
 * Makes cloze cards of a text, best first. The front is a sentence (or a clause of a long one) with a term blanked out,
 * the back is the term, the quote is the unaltered sentence. A text without usable sentences gives no cards.
 */
export const clozeCards = (text: string, wanted: number): Card[] => {
  const frequency = wordFrequency(text)
  const used = new Set<string>()
  const candidates: Candidate[] = []
  for (const [index, sentence] of sentences(text).entries()) {
    if (question.test(text.slice(sentence.start, sentence.end))) continue
    for (const clause of splitIntoClauses(text, sentence)) {
      const raw = text.slice(clause.start, clause.end)
      const shown = readable(raw)
      if (!isWorthACard(shown) || shown.includes(BLANK)) continue
      const usable = findTerms(shown, frequency).filter((term) => standsOnce(shown, term) && raw.includes(term.text))
      const term = usable.find((candidate) => !used.has(candidate.text)) ?? usable[0]
      if (!term) continue
      used.add(term.text)
      const score = term.score + sentenceScore(shown)
      candidates.push({ card: clozeOf(text, sentence, clause, term), start: clause.start, sentence: index, score })
    }
  }
  return choose(
    candidates.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || a.start - b.start),
    wanted,
  ).map(({ card }) => card)
}
