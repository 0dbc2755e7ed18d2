import { apiKeyDetectors, jwtDetector, privateKeyDetector } from './credential.ts'
import { blankOut, type Detector, type Span } from './detector.ts'
import { emailDetector } from './email.ts'
import { foldForSearch } from './fold-for-search.ts'
import { ibanDetectors } from './iban.ts'
import { ipDetectors } from './ip.ts'
import { nationalIdDetectors } from './national-id.ts'
import { paymentCardDetector } from './payment-card.ts'
import { phoneDetectors } from './phone.ts'
import { placeholderOf, placeholdersIn, replacePlaceholders, type ScrubKind } from './placeholder.ts'

/** A text whose personal data is replaced by placeholders, and the function that puts the data back. */
export type Scrubbed = {
  text: string
  /** The number of different values replaced, per kind; kinds without a value are absent. */
  counts: Partial<Record<ScrubKind, number>>
  /** Replaces the placeholders in any text by their values: `restore(text)` is the original text. */
  restore(text: string): string
}

// The most reliable detectors run first: a later detector does not see what an earlier one has detected.
const detectors: [ScrubKind, Detector[]][] = [
  ['api_key', [privateKeyDetector]],
  ['jwt', [jwtDetector]],
  ['api_key', apiKeyDetectors],
  ['email', [emailDetector]],
  ['iban', ibanDetectors],
  ['card', [paymentCardDetector]],
  ['national_id', nationalIdDetectors],
  ['ip', ipDetectors],
  ['phone', phoneDetectors],
]

const detectAll = (text: string): (Span & { kind: ScrubKind })[] => {
  let remaining = foldForSearch(text)
  const all = detectors.flatMap(([kind, detectorsOfKind]) =>
    detectorsOfKind.flatMap((detect) => {
      const spans = detect(remaining)
      if (spans.length > 0) remaining = blankOut(remaining, spans)
      return spans.map((span) => ({ ...span, kind }))
    }),
  )
  return all.toSorted((a, b) => a.start - b.start)
}

/**
 * Replaces e-mail addresses, telephone, bank account, payment card and personal numbers, IP addresses and credentials
 * by placeholders. Equal values get the same placeholder; placeholders that the text already contains are unused.
 */
export const scrub = (text: string): Scrubbed => {
  const reserved = placeholdersIn(text)
  const placeholders = new Map<string, string>()
  const values = new Map<string, string>()
  const counts: Scrubbed['counts'] = {}
  const lastNumbers = new Map<ScrubKind, number>()

  const nextPlaceholder = (kind: ScrubKind): string => {
    let number = lastNumbers.get(kind) ?? 0
    do number++
    while (reserved.has(placeholderOf(kind, number)))
    lastNumbers.set(kind, number)
    return placeholderOf(kind, number)
  }

  let scrubbed = ''
  let at = 0
  for (const { start, end, kind } of detectAll(text)) {
    const value = text.slice(start, end)
    const placeholder = placeholders.get(value) ?? nextPlaceholder(kind)
    if (!values.has(placeholder)) {
      placeholders.set(value, placeholder)
      values.set(placeholder, value)
      counts[kind] = (counts[kind] ?? 0) + 1
    }
    scrubbed += text.slice(at, start) + placeholder
    at = end
  }
  return {
    text: scrubbed + text.slice(at),
    counts,
    restore: (answer) => replacePlaceholders(answer, (placeholder) => values.get(placeholder)),
  }
}
