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

/** Texts whose personal data is replaced by placeholders, and the function that puts the data back. */
export type ScrubbedTexts = {
  /** As many as the original texts, in their order. */
  texts: string[]
  /** The number of different values replaced, per kind; kinds without a value are absent. */
  counts: Partial<Record<ScrubKind, number>>
  /** Replaces the placeholders in any text by their values: `texts.map(restore)` are the original texts. */
  restore(text: string): string
}

/** The same for one text. */
export type Scrubbed = Omit<ScrubbedTexts, 'texts'> & { text: string }

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
 * by placeholders. Equal values get the same placeholder in every text; placeholders that a text already contains are
 * unused. A value never reaches from one text into the next, because each text is searched by itself.
 */
export const scrubTexts = (originals: readonly string[]): ScrubbedTexts => {
  const reserved = new Set(originals.flatMap((text) => [...placeholdersIn(text)]))
  const placeholders = new Map<string, string>()
  const values = new Map<string, string>()
  const counts: ScrubbedTexts['counts'] = {}
  const lastNumbers = new Map<ScrubKind, number>()

  const nextPlaceholder = (kind: ScrubKind): string => {
    let number = lastNumbers.get(kind) ?? 0
    do number++
    while (reserved.has(placeholderOf(kind, number)))
    lastNumbers.set(kind, number)
    return placeholderOf(kind, number)
  }

  const scrubOne = (text: string): string => {
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
    return scrubbed + text.slice(at)
  }

  return {
    texts: originals.map(scrubOne),
    counts,
    restore: (answer) => replacePlaceholders(answer, (placeholder) => values.get(placeholder)),
  }
}

/** Scrubs one text. */
export const scrub = (original: string): Scrubbed => {
  const { texts, ...rest } = scrubTexts([original])
  return { text: texts.join(''), ...rest }
}
