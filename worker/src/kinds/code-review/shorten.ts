import { codePoints } from '@recto/shared/text'

/** The text, or its beginning and an ellipsis when it has more than `most` code points. It is cut behind a word. */
export const shorten = (text: string, most: number): string => {
  if (codePoints(text) <= most) return text
  const start = [...text.slice(0, 2 * most)].slice(0, most - 1).join('')
  return `${start.replace(/\s+\S{0,30}$/u, '').trimEnd()}…`
}
