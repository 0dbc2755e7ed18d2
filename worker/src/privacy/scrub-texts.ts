import { type Scrubbed, scrub } from './scrub.ts'

/** Texts that may leave, and the way back: `restore` puts the values in the places of their placeholders. */
export type ScrubbedTexts = { texts: readonly string[]; counts: Scrubbed['counts']; restore(text: string): string }

/** No text of an input holds this: Postgres stores no U+0000. */
const separator = '\n\u0000\n'

/** Scrubs several texts with one set of placeholders: the same value gets the same one in each of them. */
export const scrubTexts = (texts: readonly string[]): ScrubbedTexts => {
  const { text, counts, restore } = scrub(texts.join(separator))
  return { texts: text.split(separator), counts, restore }
}
