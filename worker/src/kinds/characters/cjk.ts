const cjkCharacter = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu
const letterOrDigit = /[\p{L}\p{N}]/gu

// None of these scripts has a character below.
const beyondJamo = /[\u1100-\uffff]/

/**
 * Whether at least half of the letters and digits of a text are Chinese, Japanese or Korean. Limits differ for such
 * texts, because one character says more there than in other scripts.
 */
export const isMostlyCjk = (text: string): boolean =>
  beyondJamo.test(text) &&
  2 * (text.match(cjkCharacter)?.length ?? 0) >= Math.max(1, text.match(letterOrDigit)?.length ?? 0)
