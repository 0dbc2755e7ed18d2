/** What is taken out of a text, by the names that operators see. */
export const scrubKinds = ['email', 'phone', 'iban', 'card', 'national_id', 'ip', 'jwt', 'api_key'] as const
export type ScrubKind = (typeof scrubKinds)[number]

/** `[EMAIL_1]`, `[NATIONAL_ID_2]`. */
export const placeholderOf = (kind: ScrubKind, number: number): string => `[${kind.toUpperCase()}_${number}]`

const underscore = String.raw`(?:\\?_|[ -])`
const kinds = scrubKinds.map((kind) => kind.replace('_', `${underscore}?`)).join('|')
const inner = String.raw` ?(${kinds})${underscore}?([1-9]\d{0,5}) ?`
const written = new RegExp(String.raw`\\\[${inner}\\\]|\[${inner}\]`, 'gi')

const canonical = (kind: string, number: string): string =>
  `[${kind
    .toUpperCase()
    .replace(/[^A-Z]/g, '')
    .replace(/^(NATIONAL|API)/, '$1_')}_${number}]`

/**
 * Replaces every placeholder that `lookUp` knows. Models write them in lower case, with a space or a hyphen, escaped for
 * Markdown; each such form counts as the placeholder as it was given out.
 */
export const replacePlaceholders = (text: string, lookUp: (placeholder: string) => string | undefined): string =>
  text.replace(
    written,
    (match, escapedKind: string, escapedNumber: string, kind: string | undefined, number: string | undefined) =>
      lookUp(canonical(kind ?? escapedKind, number ?? escapedNumber)) ?? match,
  )

/** The placeholders that already stand in a text, in whatever form. */
export const placeholdersIn = (text: string): Set<string> => {
  const found = new Set<string>()
  replacePlaceholders(text, (placeholder) => {
    found.add(placeholder)
    return undefined
  })
  return found
}
