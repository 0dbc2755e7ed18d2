const foldable =
  /[\u00a0\u2000-\u200a\u202f\u205f\u3000\u2010-\u2015\u2212\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff01-\uff5e]/g

const foldCharacter = (character: string): string => {
  const code = character.charCodeAt(0)
  if (code >= 0xff01) return String.fromCharCode(code - 0xfee0)
  if ((code >= 0x2010 && code <= 0x2015) || code === 0x2212) return '-'
  // The zeros of the Arabic-Indic, the extended Arabic-Indic (Persian) and the Devanagari digits.
  for (const zero of [0x0660, 0x06f0, 0x0966]) if (code >= zero && code <= zero + 9) return String(code - zero)
  return ' '
}

/**
 * Folds a text for the detectors: digits become ASCII, spaces and hyphens plain, full-width characters half-width.
 * Each UTF-16 unit becomes one unit, so a span of the folded text is the same span of the original text.
 */
export const foldForSearch = (text: string): string => text.replace(foldable, foldCharacter)
