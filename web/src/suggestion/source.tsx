import { useEffect, useLayoutEffect, useMemo, useRef } from 'react'
import { createOffsets } from './offsets.ts'

export type Quote = { key: string; quote_start: number; quote_end: number }

/** The range of a part of a text that stands in several text nodes; null when there is none. Offsets are UTF-16 units. */
const rangeOf = (nodes: Text[], start: number, end: number): Range | null => {
  const range = new Range()
  let before = 0
  let begun = false
  for (const node of nodes) {
    const after = before + node.data.length
    if (!begun && start < after) {
      range.setStart(node, start - before)
      begun = true
    }
    if (begun && end <= after) {
      range.setEnd(node, end - before)
      return range
    }
    before = after
  }
  return null
}

const textNodes = (element: Element): Text[] => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  const nodes: Text[] = []
  while (walker.nextNode()) if (walker.currentNode instanceof Text) nodes.push(walker.currentNode)
  return nodes
}

type SourceProps = {
  text: string
  quotes: Quote[]
  active: string | null
  /** What the text is called. */
  label: string
  /** Whether it is code: each line has its number, and is as long as it is. */
  isCode?: boolean
}

const numbersOf = (text: string): string =>
  text
    .split('\n')
    .map((_, n) => n + 1)
    .join('\n')

/**
 * The text with its quotes. Quotes are highlights of CSS, so that the text stays one text; the active one is a real mark,
 * which a screen reader finds too.
 */
export const Source = ({ text, quotes, active, label, isCode = false }: SourceProps) => {
  const element = useRef<HTMLDivElement>(null)
  const numbers = useMemo(() => (isCode ? numbersOf(text) : ''), [isCode, text])
  const toUnits = useMemo(() => createOffsets(text), [text])
  const chosen = quotes.find(({ key }) => key === active)
  const [start, end] = chosen ? [toUnits(chosen.quote_start), toUnits(chosen.quote_end)] : [0, 0]

  useLayoutEffect(() => {
    if (!('highlights' in CSS) || element.current === null) return
    const nodes = textNodes(element.current)
    const ranges = quotes
      .filter(({ key }) => key !== active)
      .flatMap((quote) => rangeOf(nodes, toUnits(quote.quote_start), toUnits(quote.quote_end)) ?? [])
    CSS.highlights.set('quote', new Highlight(...ranges))
    return () => void CSS.highlights.delete('quote')
  }, [quotes, active, toUnits])

  useEffect(() => {
    if (active !== null) element.current?.querySelector('mark')?.scrollIntoView({ block: 'nearest' })
  }, [active])

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part of the page that scrolls is scrolled by keyboard
    <section className={isCode ? 'source code' : 'source'} aria-label={label} tabIndex={0}>
      {isCode && <div aria-hidden="true">{numbers}</div>}
      <div ref={element}>
        {text.slice(0, start)}
        {end > start && <mark>{text.slice(start, end)}</mark>}
        {text.slice(end)}
      </div>
    </section>
  )
}
