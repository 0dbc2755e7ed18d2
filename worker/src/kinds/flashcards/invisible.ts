// What a text may hold unseen: parts of emoji, and signs that some scripts need, each beside the characters that need it.
const usual = new RegExp(
  [
    '(?<=\\u{1f3f4})[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{1,6}\\u{e007f}',
    '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})',
    '(?<=[\\p{Emoji}\\p{S}])[\\ufe0e\\ufe0f]',
    '(?<=\\p{sc=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
    '(?<=\\p{sc=Mongolian})[\\u180b-\\u180f]',
    '(?<=[\\p{sc=Arabic}\\p{sc=Syriac}\\p{sc=Mongolian}\\p{M}])[\\u200c\\u200d]',
    '(?<=[\\p{sc=Devanagari}\\p{sc=Bengali}\\p{sc=Tamil}\\p{sc=Telugu}\\p{sc=Kannada}\\p{sc=Malayalam}\\p{sc=Sinhala}])[\\u200c\\u200d]',
    '(?<=[\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}])\\u200b',
  ].join('|'),
  'gu',
)

// Marks of direction do nothing but order what stands beside letters that run from right to left.
const rightToLeft = /[\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Syriac}\p{sc=Thaana}]/u
const directions = /[\u061c\u200e\u200f]/g

const unseen = '[\\p{Default_Ignorable_Code_Point}\\p{Cc}\\ufff9-\\ufffb]--[\\t\\n\\r]'
const stretches = new RegExp(`[^${unseen}]?[${unseen}]+[^${unseen}]?`, 'gv')

const withoutUsual = (text: string): string => {
  const rest = text.replace(usual, '')
  return rightToLeft.test(rest) ? rest.replace(directions, '') : rest
}

/**
 * Prepares a source once; the function then says whether a text holds control characters, terminal escapes, overrides of
 * direction or anything else unseen that the source does not have between the same characters.
 */
export const unseenFinder = (sourceText: string): ((text: string) => boolean) => {
  const source = withoutUsual(sourceText)
  return (text) => (withoutUsual(text).match(stretches) ?? []).some((stretch) => !source.includes(stretch))
}
