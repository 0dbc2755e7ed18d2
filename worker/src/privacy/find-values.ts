import { isIPv4 } from 'node:net'
import { apiKeyDetectors, jwtDetector, privateKeyDetector } from './credential.ts'
import { blankOut, type Detector, type Span } from './detector.ts'
import { emailDetector } from './email.ts'
import { foldForSearch, type Reading, readingsOf } from './fold-for-search.ts'
import { ibanDetectors } from './iban.ts'
import { ipDetectors } from './ip.ts'
import { nationalIdDetectors } from './national-id.ts'
import { paymentCardDetector } from './payment-card.ts'
import { phoneDetectors } from './phone.ts'
import { isDateHoursOrList } from './phone-false-positives.ts'
import type { ScrubKind } from './placeholder.ts'

type DetectorsOfKind = [ScrubKind, Detector[]]

// The most reliable detectors run first: a later detector does not see what an earlier one has detected. Numbers without
// check digits come last, after every reading of the text: an IBAN on two lines contains what looks like a telephone.
const withPrefixOrCheckDigits: DetectorsOfKind[] = [
  ['api_key', [privateKeyDetector]],
  ['jwt', [jwtDetector]],
  ['api_key', apiKeyDetectors],
  ['email', [emailDetector]],
  ['iban', ibanDetectors],
  ['card', [paymentCardDetector]],
  ['national_id', nationalIdDetectors],
]
const byFormAlone: DetectorsOfKind[] = [
  ['ip', ipDetectors],
  ['phone', phoneDetectors],
]

const kindsOfNumbers = new Set<ScrubKind>(['iban', 'card', 'national_id', 'ip', 'phone'])

type FoundValue = Span & { kind: ScrubKind }

const detectInReading = (text: string, reading: Reading, detectors: DetectorsOfKind[]): FoundValue[] => {
  // Glued together, words look like addresses and keys. The detectors of these kinds read over a gap themselves.
  const searched = reading === 'glued' ? detectors.filter(([kind]) => kindsOfNumbers.has(kind)) : detectors
  const { text: folded, offsets } = foldForSearch(text, reading)
  let remaining = folded
  return searched.flatMap(([kind, detectorsOfKind]) =>
    detectorsOfKind.flatMap((detect) => {
      const spans = detect(remaining)
      if (spans.length > 0) remaining = blankOut(remaining, spans)
      return spans.map(({ start, end }) => ({ kind, start: offsets[start] ?? 0, end: (offsets[end - 1] ?? 0) + 1 }))
    }),
  )
}

const byStart = (a: Span, b: Span): number => a.start - b.start

const severalLineBreaks = /(?:[\n\r][^\n\r]+){3}/
const wideGap = /\s{2,}|[\t-\r]/

/** Whether one number stands on both sides of the only gap in a value, and not a date or an address on each side. */
const isOneNumber = (value: string, after: string): boolean => {
  const parts = value.split(wideGap)
  return parts.length === 2 && !parts.some((part) => isIPv4(part) || isDateHoursOrList(part)) && !/^[-./]\d/.test(after)
}

/**
 * Whether a value without check digits is what the reading of its gaps makes of it. Four lines of "06", "12", "34" and
 * so on are a column of numbers. Numbers with "+" are found before, read apart.
 */
const isPlausible = (text: string, reading: Reading, { kind, start, end }: FoundValue): boolean => {
  if (kind !== 'phone' && kind !== 'ip') return true
  const value = text.slice(start, end)
  if (reading === 'spaced') return !severalLineBreaks.test(value)
  return reading !== 'glued' || isOneNumber(value, text.slice(end, end + 2))
}

/**
 * Returns the personal data and the credentials in a text: UTF-16 offsets of the text, ascending, without overlap. Every
 * detector sees the text folded by `foldForSearch` in each reading of its gaps, and no value that was found before.
 */
export const findValues = (text: string): FoundValue[] => {
  const all: FoundValue[] = []
  const readings = readingsOf(text)
  let remaining = text
  for (const detectors of [withPrefixOrCheckDigits, byFormAlone])
    for (const reading of readings) {
      const found = detectInReading(remaining, reading, detectors)
        .filter((value) => isPlausible(text, reading, value))
        .toSorted(byStart)
      remaining = blankOut(remaining, found)
      all.push(...found)
    }
  return all.toSorted(byStart)
}
