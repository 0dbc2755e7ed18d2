import { hide, type Range, type Reading } from './hide.ts'
import { dividedWordsIn, lineBreaksIn } from './line-breaks.ts'
import { labelsIn, linksIn } from './links.ts'
import { marksIn } from './marks.ts'
import { rubyIn } from './ruby.ts'

const read = (text: string, steps: ((text: string) => Range[])[]): Reading => {
  let reading: Reading = { text, offsets: new Uint32Array(text.length) }
  for (let at = 0; at < text.length; at++) reading.offsets[at] = at
  for (const unseenIn of steps) reading = hide(reading, unseenIn(reading.text))
  return reading
}

/**
 * Reads a source as people do: words whole that a line break divides, links as their words, no marks of Markdown, no
 * kana that only say how characters are read. `readQuote` does the same with a quote, whose kana stay: they could be
 * others than those of the source.
 */
export const readSource = (source: string): { reading: Reading; readQuote: (quote: string) => string } => {
  const divided = dividedWordsIn(source)
  const labels = labelsIn(source)
  const steps = [(text: string) => lineBreaksIn(text, divided), (text: string) => linksIn(text, labels), marksIn]
  return { reading: read(source, [...steps, rubyIn]), readQuote: (quote) => read(quote, steps).text }
}
