/**
 * A provider's text as a row or a log may hold it: control characters, invisible ones such as those that change the
 * direction of writing, line separators and characters without a meaning become spaces, lone surrogates become U+FFFD,
 * and the length is at most `maxLength` UTF-16 code units.
 */
export const cleanText = (text: string, maxLength: number): string =>
  text
    .slice(0, maxLength)
    .toWellFormed()
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')

const maxLabelLength = 200

/**
 * An id or a name that a provider sent, clean, at most 200 characters long and without this deployment's keys; null when
 * nothing can be seen of it.
 */
export const cleanLabel = (text: string | null, redactKeys: (text: string) => string): string | null =>
  (text && redactKeys(cleanText(text, maxLabelLength)).trim()) || null
