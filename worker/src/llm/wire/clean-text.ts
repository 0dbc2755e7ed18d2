/**
 * A provider's text as Postgres accepts it in `text` and `jsonb`: control characters become spaces, lone surrogates
 * become U+FFFD, and the length is at most `maxLength` UTF-16 code units.
 */
export const cleanText = (text: string, maxLength: number): string =>
  text
    .slice(0, maxLength)
    .replace(/\p{Cc}/gu, ' ')
    .toWellFormed()
