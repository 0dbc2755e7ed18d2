import { isAscii } from './ascii.ts'

/** A class of characters of scripts that write no spaces between words. Korean has spaces. */
export const unspaced =
  '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Bopomofo}\\p{sc=Yi}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}' +
  '\\u3001-\\u3003\\u3008-\\u3020\\u3030-\\u303f\\u30fb\\u30fc]'

const anyUnspaced = new RegExp(unspaced, 'u')
const before = new RegExp(`${unspaced}\\p{M}?[\\p{Po}\\p{Pe}\\p{Pf}"]?$`, 'u')
const after = new RegExp(`^${unspaced}`, 'u')

/** Whether a text has a character of such a script. Without one, `isIdleSpace` is false for all of its white space. */
export const hasUnspaced = (text: string): boolean => !isAscii(text) && anyUnspaced.test(text)

/**
 * Whether white space between two parts of a text says nothing: beside a character of such a script, where lines are
 * broken anywhere, and where some write a space beside Latin letters and digits and others none (CSS Text 3, 4.1.3).
 */
export const isIdleSpace = (left: string, right: string): boolean => after.test(right) || before.test(left)
