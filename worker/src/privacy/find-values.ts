import { isIPv4 } from 'node:net'
import { apiKeyDetectors } from './api-key.ts'
import { blankOut, type Detector, type Span } from './detector.ts'
import { emailDetector } from './email.ts'
import { foldForSearch, hasUnusualSpace, type Reading, readingsOf } from './fold-for-search.ts'
import { ibanDetectors } from './iban.ts'
import { ipDetectors } from './ip.ts'
import { jwtDetector } from './jwt.ts'
import { nationalIdDetectors } from './national-id.ts'
import { paymentCardDetector } from './payment-card.ts'
import { phoneDetectors, reliablePhoneDetectors } from './phone.ts'
import { isDateHoursOrList } from './phone-false-positives.ts'
import type { ScrubKind } from './placeholder.ts'
import { privateKeyDetector } from './private-key.ts'
import { urlPasswordDetector } from './url-password.ts'

type DetectorsOfKind = [ScrubKind, Detector[]]

// The most reliable detectors run first: a later detector does not see what an earlier one has detected. Numbers without
// check digits come last, after every reading of the text: an IBAN on two lines contains what looks like a telephone.
const withPrefixOrCheckDigits: DetectorsOfKind[] = [
  ['api_key', [privateKeyDetector]],
  ['jwt', [jwtDetector]],
  ['api_key', [...apiKeyDetectors, urlPasswordDetector]],
  ['email', [emailDetector]],
  ['iban', ibanDetectors],
  ['card', [paymentCardDetector]],
  ['national_id', nationalIdDetectors],
]
const byFormAlone: DetectorsOfKind[] = [
  ['phone', reliablePhoneDetectors],
  ['ip', ipDetectors],
  ['phone', phoneDetectors],
]
// Glued together, words look like addresses and keys. The detectors of these kinds read over a tab or a line break
// themselves, and need unusual spaces as tabs for it.
const overUnusualSpaces = {
  withPrefix: withPrefixOrCheckDigits.slice(0, 4),
  byFormAlone: byFormAlone.slice(0, 2),
}

const kindsOfNumbers = new Set<ScrubKind>(['iban', 'card', 'national_id', 'ip', 'phone'])

type FoundValue = Span & { kind: ScrubKind }

const byStart = (a: Span, b: Span): number => a.start - b.start

const severalLineBreaks = /(?:[\n\r][^\n\r]+){3}/
const wideGap = /\s{2,}|[\t-\r\x85\u2028\u2029]/
const unusualSpace = /[^\S ]/
// Spaces that group a large number by thousands: "4 111 111 111 111 111" is no card.
const thousands = /^\d{1,3}(?:\s\d{3}){2,}$/

/** Whether one number stands on both sides of the only gap in a value, and not a date or an address on each side. */
const isOneNumber = (value: string, rest: string): boolean => {
  const parts = value.split(wideGap.test(value) ? wideGap : unusualSpace)
  return parts.length === 2 && !parts.some((part) => isIPv4(part) || isDateHoursOrList(part)) && !/^[-./]\d/.test(rest)
}

/**
 * Whether a value is what the reading of its gaps makes of it. Four lines of "06", "12", "34" and so on are a column of
 * numbers. Numbers with "+" are found before, read apart.
 */
const isPlausible = (text: string, reading: Reading, { kind, start, end }: FoundValue): boolean => {
  const value = text.slice(start, end)
  if (kind !== 'phone' && kind !== 'ip') return reading !== 'glued' || !thousands.test(value)
  if (reading === 'spaced') return !severalLineBreaks.test(value)
  return reading !== 'glued' || isOneNumber(value, text.slice(end, end + 2))
}

/** Returns the offset after the character at `at`, which may be a pair of surrogates. */
const after = (text: string, at: number): number => at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1)

const detectInReading = (text: string, reading: Reading, detectors: DetectorsOfKind[]): FoundValue[] => {
  const searched = reading === 'glued' ? detectors.filter(([kind]) => kindsOfNumbers.has(kind)) : detectors
  const { text: folded, offsets } = foldForSearch(text, reading)
  let remaining = folded
  return searched
    .flatMap(([kind, detectorsOfKind]) =>
      detectorsOfKind.flatMap((detect) => {
        const spans = detect(remaining)
        if (spans.length > 0) remaining = blankOut(remaining, spans)
        return spans.map(({ start, end }) => ({
          kind,
          start: offsets[start] ?? 0,
          end: after(text, offsets[end - 1] ?? 0),
        }))
      }),
    )
    .filter((value) => isPlausible(text, reading, value))
    .toSorted(byStart)
}

/**
 * Extends values on several lines by the numbers that reach into them from one side. By chance the end of a telephone
 * number and the line after it pass the check of a card: the number would be cut, so that both are replaced as one.
 */
const withOverlapped = (values: FoundValue[], numbers: FoundValue[]): FoundValue[] => {
  const merged: FoundValue[] = []
  for (const value of values) {
    const reaching = numbers.filter(({ start, end }) => start < value.end && end > value.start)
    const start = Math.min(value.start, ...reaching.map((number) => number.start))
    const end = Math.max(value.end, ...reaching.map((number) => number.end))
    const before = merged.at(-1)
    if (before !== undefined && start < before.end) before.end = Math.max(before.end, end)
    else merged.push({ kind: value.kind, start, end })
  }
  return merged
}

/**
 * Returns the personal data and the credentials in a text: UTF-16 offsets of the text, ascending, without overlap. Every
 * detector sees the text folded by `foldForSearch` in each reading of its gaps, and no value that was found before.
 */
export const findValues = (text: string): FoundValue[] => {
  const all: FoundValue[] = []
  let remaining = text
  const add = (found: FoundValue[]): void => {
    remaining = blankOut(remaining, found)
    all.push(...found)
  }
  const [first, ...others] = readingsOf(text)
  const isTabbed = hasUnusualSpace(text)
  if (isTabbed) add(detectInReading(text, 'tabbed', overUnusualSpaces.withPrefix))
  add(detectInReading(remaining, first, withPrefixOrCheckDigits))
  const tabbed = isTabbed ? detectInReading(remaining, 'tabbed', overUnusualSpaces.byFormAlone) : []
  const numbers = [...tabbed, ...detectInReading(blankOut(remaining, tabbed), first, byFormAlone)].toSorted(byStart)
  for (const reading of others)
    add(withOverlapped(detectInReading(remaining, reading, withPrefixOrCheckDigits), numbers))
  add(numbers.filter(({ start, end }) => !remaining.slice(start, end).includes('\0')))
  for (const reading of others) add(detectInReading(remaining, reading, byFormAlone))
  return all.toSorted(byStart)
}
