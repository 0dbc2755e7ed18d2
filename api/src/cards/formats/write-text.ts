import type { ExportedCard, WriteCards } from './card.ts'
import { inSteps } from './steps.ts'

/** A format that is text: what stands before the cards, between two of them and behind them. */
type TextFormat = { head: string; card: (card: ExportedCard) => string; between: string; tail: string }

/** The writer of a format that is text, in UTF-8. A lone surrogate becomes U+FFFD. */
export const textWriter = ({ head, card, between, tail }: TextFormat): WriteCards =>
  async function* write(batches, signal) {
    const encoder = new TextEncoder()
    let before = head
    for await (const cards of inSteps(batches, signal)) {
      yield encoder.encode(before + cards.map(card).join(between))
      before = between
    }
    const rest = before === head ? head + tail : tail
    if (rest !== '') yield encoder.encode(rest)
  }
