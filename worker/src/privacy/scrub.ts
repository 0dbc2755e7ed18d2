import { findValues } from './find-values.ts'
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
    for (const { start, end, kind } of findValues(text)) {
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
