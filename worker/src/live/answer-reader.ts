import type { Item } from '../kinds/kind.ts'

/** What is shown next: an item, or more of a text. `restarted`: what came before is void. */
export type Shown = Item | { text: string } | 'restarted'

/** Reads one answer while it arrives. */
export type AnswerReader = {
  /** Whether nothing further can be shown. */
  isOver(): boolean
  /** What the next piece of the answer adds. */
  read(piece: string): AsyncGenerator<Shown>
}
