import { type Detector, patternDetector } from './detector.ts'

// Only scripts that separate words by spaces: Japanese text may follow an address without a space and is no part of it.
const letter = String.raw`\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{M}`
const localPartCharacter = String.raw`[${letter}\d._%+'&-]`
const domainLabel = String.raw`[${letter}\d](?:[${letter}\d-]*[${letter}\d])?`
// No top-level domain has one letter: its other letters stand after the gap.
const topLevelDomain = String.raw`(?:xn--[a-z\d]+|[${letter}]{2,}|[${letter}][\t\n][${letter}]+(?:\.${domainLabel})*)`
// A line break or a wide gap may stand beside the "@", inside the first label and beside the first dot. Further on, the
// address may be complete: what follows a gap belongs to it only if a dot stands in it, or if it is
// a top-level domain that is no word and follows a dot.
const gap = String.raw`[\t\n]?`
const firstLabel = String.raw`${domainLabel}(?:-*[\t\n]-*${domainLabel}\.|${gap}\.${gap})`
const domain = String.raw`${firstLabel}(?:${domainLabel}\.)*${topLevelDomain}`
// What stands before a gap belongs to the local part when a plus or a hyphen ends it, or when a dot stands in it as in
// "anna.ma\nria@example.org", unless that looks like a website.
const websiteEnd = 'com|org|net|edu|gov|info|app|dev|io|eu|at|be|ca|ch|cz|de|dk|es|fi|fr|ie|it|nl|no|pl|pt|ru|se|uk|us'
const beforeGap = String.raw`(?<=[${letter}\d](?:[+-]|\.(?!(?:${websiteEnd})[\t\n])[${letter}\d]{1,30}))`
const localPart = String.raw`(?!www\.)${localPartCharacter}+(?:(?:${beforeGap}[\t\n]|[\t\n][.+])${localPartCharacter}+)?`
const address = `(?<!${localPartCharacter})${localPart}${gap}@${gap}${domain}`

// Two lines are no address if the first one is "@anna" or a number, if a sentence begins after "anna@home.", or if the
// second line is an address or a call "@app.route(" in a program.
const hasGap = /[\t\n]/
const noLetterBeforeGap = /^[^\p{L}\t\n@]*[\t\n]/u
const sentenceAfterDot = /\.[\t\n]\p{Lu}\p{Ll}/u
const addressOrCallGoesOn = new RegExp(String.raw`[(\d]|${localPartCharacter}*@`, 'uy')

const restAfterGap = new RegExp(
  String.raw`(?:(?:[\t\n]\.(?:${domainLabel}\.)*|\.?[\t\n](?!www\.)(?:${domainLabel}\.)+)[${letter}]{2,}|\.[\t\n](?:com|edu|gov|info|net|org))(?![${letter}\d@:/(_-]|\.[${letter}\d])`,
  'iuy',
)
const wordAfterGap = /^\W*\p{Lu}\p{Ll}/u

/** Returns the end of an address whose domain goes on after a gap: "anna@mail.exam\nple.co.uk". */
const endWithRest = (text: string, end: number): number => {
  restAfterGap.lastIndex = end
  const rest = restAfterGap.exec(text)?.[0]
  return rest === undefined || wordAfterGap.test(rest) ? end : end + rest.length
}

const addressLength = (match: string, start: number, text: string): number => {
  if (!hasGap.test(match)) return endWithRest(text, start + match.length) - start
  if (text.charAt(start - 1) === '@' || noLetterBeforeGap.test(match)) return 0
  addressOrCallGoesOn.lastIndex = start + match.length
  return sentenceAfterDot.test(match) || addressOrCallGoesOn.test(text) ? 0 : match.length
}

// Punctuation before an address belongs to the text around the address: '_anna@example.org_', "(-anna@…".
const leadingPunctuation = /^[._%+'&-]*/

const detectAddresses = patternDetector(new RegExp(address, 'giu'), addressLength)

/**
 * Detects e-mail addresses whose domain contains a dot. `user@localhost` and "anna (at) example.org" are not detected.
 */
export const emailDetector: Detector = (text) =>
  detectAddresses(text).flatMap(({ start, end }) => {
    const skipped = leadingPunctuation.exec(text.slice(start, end))?.[0].length ?? 0
    return /[@\t\n]/.test(text.charAt(start + skipped)) ? [] : [{ start: start + skipped, end }]
  })
