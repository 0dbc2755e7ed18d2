import { type Detector, patternDetector } from './detector.ts'

// Only scripts that separate words by spaces: Japanese text may follow an address without a space and is no part of it.
const letter = String.raw`\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{M}`
const localPartCharacter = String.raw`[${letter}\d._%+'&-]`
const domainLabel = String.raw`[${letter}\d](?:[${letter}\d-]*[${letter}\d])?`
const topLevelDomain = String.raw`(?:xn--[a-z\d]+|[${letter}]{2,})`
const address = String.raw`(?<!${localPartCharacter})${localPartCharacter}+@(?:${domainLabel}\.)+${topLevelDomain}`

// Punctuation before an address belongs to the text around the address: '_anna@example.org_', "(-anna@…".
const leadingPunctuation = /^[._%+'&-]*/

const detectAddresses = patternDetector(new RegExp(address, 'giu'))

/**
 * Detects e-mail addresses whose domain contains a dot. `user@localhost` and "anna (at) example.org" are not detected.
 */
export const emailDetector: Detector = (text) =>
  detectAddresses(text).flatMap(({ start, end }) => {
    const skipped = leadingPunctuation.exec(text.slice(start, end))?.[0].length ?? 0
    return text.charAt(start + skipped) === '@' ? [] : [{ start: start + skipped, end }]
  })
