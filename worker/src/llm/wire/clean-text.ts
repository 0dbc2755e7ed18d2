/** A provider's words as Postgres can store them, in `text` and in `jsonb`: no control characters, no half characters, bounded. */
export const cleanText = (text: string, longest: number): string =>
  text
    .slice(0, longest)
    .replace(/\p{Cc}/gu, ' ')
    .toWellFormed()
