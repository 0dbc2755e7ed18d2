import { type Detector, patternDetector } from './detector.ts'
import { endWithRest, hasDigitAndLetter, prefixedKeys } from './token-after-gap.ts'

/** The keys that always have the same number of characters. */
const wholeLengths: readonly (readonly [RegExp, number])[] = [
  [/^sk-or-v1-/, 73],
  [/^gh[pousr]_/, 40],
  [/^github_pat_/, 93],
  [/^AIza/, 39],
  [/^GOCSPX-/, 35],
  [/^npm_/, 40],
  [/^hf_/, 37],
  [/^gsk_/, 56],
  [/^sbp_/, 44],
]

const withRest = (match: string, start: number, text: string): number => {
  const wholeLength = wholeLengths.find(([prefix]) => prefix.test(match.replace(/\s/g, '')))?.[1] ?? 0
  return endWithRest(text, start, start + match.length, wholeLength) - start
}

const keyLength = (match: string, start: number, text: string): number =>
  hasDigitAndLetter(match) ? withRest(match, start, text) : 0

const wholeKey = new RegExp(`^(?:${prefixedKeys.join('|')})$`)

/** Returns the length of two tokens on two lines which are a key together and of which one looks like a part of a key. */
const splitKeyLength = (match: string, start: number, text: string): number => {
  const [first = '', second = ''] = match.split(/[\t\n]/)
  const looksLikeKey = hasDigitAndLetter(first) || (second.length >= 8 && hasDigitAndLetter(second))
  return looksLikeKey && wholeKey.test(first + second) ? withRest(match, start, text) : 0
}

/**
 * Detects API keys with a known prefix, and bearer tokens (RFC 6750).
 * A key must contain a digit and a letter, because hyphenated words such as "sk-learn-and-some-other-words" do not.
 */
export const apiKeyDetectors: Detector[] = [
  patternDetector(new RegExp(String.raw`(?<![\w-])(?:${prefixedKeys.join('|')})`, 'g'), keyLength),
  patternDetector(/(?<![\w.-])[\w.-]+[\t\n][\w-]+(?:\.[\w-]+)*/g, splitKeyLength),
  patternDetector(/(?<=\bbearer[ :"']{1,3})[\w.~+/-]{20,}={0,2}/gi, keyLength),
]
