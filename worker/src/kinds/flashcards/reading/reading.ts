import { hide, type Reading } from './hide.ts'
import { dividedWordsIn, lineBreaksIn } from './line-breaks.ts'
import { linksIn } from './links.ts'
import { marksIn } from './marks.ts'
import { rubyIn } from './ruby.ts'

/**
 * Returns a function that reads texts as a reader of `source` sees them: links as their words, no marks of Markdown, no
 * kana that only say how characters are read, and words whole that a line break divides.
 */
export const createReader = (source: string): ((text: string) => Reading) => {
  const divided = dividedWordsIn(source)
  const steps = [linksIn, rubyIn, marksIn, (text: string) => lineBreaksIn(text, divided)]
  return (text) => {
    let reading: Reading = { text, offsets: new Uint32Array(text.length) }
    for (let at = 0; at < text.length; at++) reading.offsets[at] = at
    for (const unseenIn of steps) reading = hide(reading, unseenIn(reading.text))
    return reading
  }
}
