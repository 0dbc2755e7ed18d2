const foldable =
  /[\u00a0\u2000-\u200a\u202f\u205f\u3000\u2010-\u2015\u2212\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff01-\uff5e]/g

const fold = (character: string): string => {
  const code = character.charCodeAt(0)
  if (code >= 0xff01) return String.fromCharCode(code - 0xfee0)
  if ((code >= 0x2010 && code <= 0x2015) || code === 0x2212) return '-'
  // The digits of these scripts: Arabic, Persian, Devanagari.
  for (const zero of [0x0660, 0x06f0, 0x0966]) if (code >= zero && code <= zero + 9) return String(code - zero)
  return ' '
}

/**
 * The form in which values are looked for: ASCII digits, plain spaces and hyphens, ordinary width. Unit for unit as long
 * as the text, so that a place found in it is the same place in the text.
 */
export const foldForSearch = (text: string): string => text.replace(foldable, fold)
