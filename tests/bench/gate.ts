import { delimiterFor } from '../../worker/src/kinds/delimiter.ts'
import type { GateInput } from '../../worker/src/kinds/flashcards/card.ts'
import { gate } from '../../worker/src/kinds/flashcards/gate.ts'
import { request } from '../../worker/src/kinds/flashcards/prompt.ts'
import { newText } from '../support/text.ts'
import { cpuOf } from './cpu.ts'
import { interleaved } from './interleaved.ts'
import { ms } from './numbers.ts'
import { context, type Row } from './row.ts'

const cardsAbout = (point: string): [front: string, back: string, quote: string][] => [
  [`Who built the lighthouse of ${point}?`, 'Clara Whitfield', 'was built in 1847 by the engineer Clara Whitfield'],
  [`How much oil did the lamp of ${point} burn in a night?`, '12 litres', 'burned 12 litres of rapeseed oil'],
  [`How many sailors did the keepers of ${point} rescue?`, '31', `keepers of ${point} rescued 31 sailors`],
  [`How high is the tower of ${point}?`, '42 metres', 'The tower is 42 metres high'],
  [
    `When did electric light come to ${point}?`,
    'On the third of May 1921',
    'replaced the oil lamp on the third of May 1921',
  ],
]

/** Texts of at least so many characters, by how many cards are made from one. */
const textLengths: ReadonlyMap<number, number> = new Map([
  [5, 1_200],
  [13, 5_000],
])

/** A text, and as many cards as an answer may have, which all pass the gate. The request has a delimiter of its own. */
export const gateInput = (cards: number, length: number): GateInput => {
  const sourceText = newText({ marker: 'bench', length })
  const content = ['Point 1', 'Point 2', 'Point 3'].flatMap(cardsAbout).slice(0, cards)
  return {
    content: content.map(([front, back, source_quote]) => ({ front, back, source_quote })),
    sourceText,
    options: { max_cards: cards },
    request: request({ sourceText, options: {}, delimiter: delimiterFor(sourceText, Math.random) }),
  }
}

const checkAll = async (cards: number, length: number): Promise<void> => {
  const { cards: kept } = await gate(gateInput(cards, length))
  if (kept.length !== cards) throw new Error(`the gate kept ${kept.length} of ${cards} cards`)
}

/** Measures the CPU time of the gate, which has no rival: the figures are to be compared between two revisions. */
export const gateRows = async (rounds: number): Promise<Row[]> => {
  const measures = new Map(
    [...textLengths].map(([cards, length]) => [cards, cpuOf(() => checkAll(cards, length), 300)]),
  )
  const found = await interleaved(measures, rounds)
  return [...found].map(([cards, value]) =>
    context({ what: `the gate of ${cards} cards, CPU`, recto: ms(value), against: '' }),
  )
}
