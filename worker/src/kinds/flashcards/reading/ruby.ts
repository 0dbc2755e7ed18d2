import type { Range } from './hide.ts'

const han = '[\\p{sc=Han}々〆ヶ]'
const kana = '[\\p{sc=Hiragana}\\p{sc=Katakana}ー・]'
// As Aozora Bunko and many novels write them: 親譲《おやゆず》りの, and ｜ where the characters begin.
const ruby = new RegExp(`(?<=${han})《${kana}{1,20}》|[｜|](?=${han}{1,20}《${kana})`, 'gu')

/** Returns the kana of a Japanese text that say how the characters before them are read. */
export const rubyIn = (text: string): Range[] =>
  text.includes('《') ? [...text.matchAll(ruby)].map(({ index, 0: aid }): Range => [index, index + aid.length]) : []
