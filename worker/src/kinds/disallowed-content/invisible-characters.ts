// Invisible characters are allowed as parts of emoji and flags, and as signs of a script after its letters.
const legitimate = new RegExp(
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

// Direction marks are legitimate in a text with right-to-left letters, where they only change the order of display.
const rightToLeftLetter = /[\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Syriac}\p{sc=Thaana}]/u
const directionMarks = /[\u061c\u200e\u200f]/g

const invisible = '[\\p{Default_Ignorable_Code_Point}\\p{Cc}\\ufff9-\\ufffb]--[\\t\\n\\r]'
const invisibleRunWithNeighbours = new RegExp(`[^${invisible}]?[${invisible}]+[^${invisible}]?`, 'gv')

const withoutLegitimate = (text: string): string => {
  const remaining = text.replace(legitimate, '')
  return rightToLeftLetter.test(remaining) ? remaining.replace(directionMarks, '') : remaining
}

/**
 * Prepares a source once. The returned function tells whether a text contains invisible characters that the source
 * lacks between the same neighbours: controls, direction overrides, or any Unicode Default_Ignorable_Code_Point.
 */
export const createInvisibleCharacterCheck = (sourceText: string): ((text: string) => boolean) => {
  let source: string | undefined
  return (text) => {
    const runs = withoutLegitimate(text).match(invisibleRunWithNeighbours) ?? []
    if (runs.length > 0) source ??= withoutLegitimate(sourceText)
    return runs.some((run) => !source?.includes(run))
  }
}
