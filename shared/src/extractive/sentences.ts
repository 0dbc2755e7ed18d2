/** A half-open range of a text, in UTF-16 units. */
export type Span = { start: number; end: number }

const sentenceSegmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
const line = /[^\r\n\u2028\u2029]*(?:\r\n|[\r\n\u2028\u2029]|$)/gu
const heading = /^\s{0,3}(?:#{1,6}\s|[=\-*_]{3,}\s*$|```|~~~|\\(?:Chapter|chapter|section|begin|end)\b)/u
const marker = /^\s*(?:>\s*|[-*+•◦–]\s+|\d{1,3}[.)]\s+|\(\d{1,3}\)\s*)+/u
const abbreviation =
  /(?:^|[\s(])(?:\p{L}|Dr|Mr|Mrs|Ms|St|Prof|Art|Nr|No|Abs|bzw|vgl|ca|vs|np|tzw|tzn|ust|pkt|[\p{L}.]+\.\p{L})\.\s*$/iu

/** Whether a line break only wraps a paragraph and does not end it. */
const isSoftBreak = (before: string, after: string) => {
  const length = before.trim().length
  return (length >= 24 && length <= 120) || /^\s*\p{Ll}/u.test(after)
}

/** The paragraphs and list items of a text without their markers. Headings and fence lines are left out. */
const blocks = (text: string): Span[] => {
  const found: Span[] = []
  let open: Span | undefined
  let before = ''
  for (const { 0: content, index } of text.matchAll(line)) {
    if (content.trim() === '' || heading.test(content)) {
      open = undefined
      continue
    }
    const mark = marker.exec(content)?.[0].length ?? 0
    const end = index + content.length
    if (open && mark === 0 && isSoftBreak(before, content)) open.end = end
    else {
      open = { start: index + mark, end }
      found.push(open)
    }
    before = content
  }
  return found
}

const trimmed = (text: string, { start, end }: Span): Span => {
  const slice = text.slice(start, end)
  return { start: end - slice.trimStart().length, end: start + slice.trimEnd().length }
}

/**
 * The sentences of a text in any language, as ranges of the text. Wrapped lines are joined. A range includes the line
 * breaks inside a sentence, but no list marker and no white space at its ends.
 */
export const sentences = (text: string): Span[] =>
  blocks(text).flatMap((block) => {
    // The segmenter ends a sentence at a line break. A space of the same length keeps the offsets.
    const flat = text.slice(block.start, block.end).replace(/[\r\n\u2028\u2029]/gu, ' ')
    const spans: Span[] = []
    let joins = false
    for (const { segment, index } of sentenceSegmenter.segment(flat)) {
      const last = spans.at(-1)
      const end = block.start + index + segment.length
      if (joins && last) last.end = end
      else spans.push({ start: block.start + index, end })
      joins = abbreviation.test(segment)
    }
    return spans.map((span) => trimmed(text, span)).filter(({ start, end }) => end > start)
  })
