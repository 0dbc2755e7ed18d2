/** The kinds of personal data that `scrub` replaces, by the names that operators see in `ai_metadata.scrubbed`. */
export const scrubKinds = ['email', 'phone', 'iban', 'card', 'national_id', 'ip', 'jwt', 'api_key'] as const
/** One kind of personal data that `scrub` replaces. */
export type ScrubKind = (typeof scrubKinds)[number]

/** Returns the placeholder of a kind and a number: `[EMAIL_1]`, `[NATIONAL_ID_2]`. */
export const placeholderOf = (kind: ScrubKind, number: number): string => `[${kind.toUpperCase()}_${number}]`

const underscore = String.raw`(?:\\?_|[ -])`
const kinds = scrubKinds.map((kind) => kind.replace('_', `${underscore}?`)).join('|')
const inner = String.raw` ?(${kinds})${underscore}?([1-9]\d{0,5}) ?`
const anyForm = new RegExp(String.raw`\\\[${inner}\\\]|\[${inner}\]`, 'gi')

const canonicalForm = (kind: string, number: string): string =>
  `[${kind
    .toUpperCase()
    .replace(/[^A-Z]/g, '')
    .replace(/^(NATIONAL|API)/, '$1_')}_${number}]`

/**
 * Replaces every placeholder for which `lookUp` returns a value; `lookUp` receives the canonical form `[EMAIL_1]`.
 * Models also write `[email 1]`, `[EMAIL-1]` and, escaped for Markdown, `\[EMAIL\_1\]`: each form counts.
 */
export const replacePlaceholders = (text: string, lookUp: (placeholder: string) => string | undefined): string =>
  text.replace(
    anyForm,
    (match, escapedKind: string, escapedNumber: string, kind: string | undefined, number: string | undefined) =>
      lookUp(canonicalForm(kind ?? escapedKind, number ?? escapedNumber)) ?? match,
  )

/** Returns the canonical form of every placeholder that a text contains in any form. */
export const placeholdersIn = (text: string): Set<string> => {
  const found = new Set<string>()
  replacePlaceholders(text, (placeholder) => {
    found.add(placeholder)
    return undefined
  })
  return found
}

/** A backslash, or a bracket that nothing closes, at the end of a text. No placeholder is longer. */
const begun = /(?:\\|\\?\[[^[\]\n]{0,40})$/

/** Where a placeholder may begin at the end of a text, so that more text may complete it; the text's length when none may. */
export const openPlaceholderAt = (text: string): number => begun.exec(text)?.index ?? text.length
