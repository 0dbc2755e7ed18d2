import { times } from './figures.ts'

/** One line of the table. `met` is null where there is no target: such a line is context. */
export type Row = { what: string; recto: string; against: string; ratio: string; target: string; met: boolean | null }

/** What a part may want to know; `say` reports progress, apart from the table. */
type Scope = { full: boolean; say(line: string): void }

/** Measures one thing and answers its lines. A part starts and stops all that it needs. */
export type Part = (scope: Scope) => Promise<Row[]>

type Ratio = { what: string; recto: string; against: string; ratio: number }

/** Recto's figure over the other's. */
export const atLeast = (line: Ratio, least: number): Row => ({
  ...line,
  ratio: times(line.ratio),
  target: `>= ${least}`,
  met: line.ratio >= least,
})

export const atMost = (line: Ratio, most: number): Row => ({
  ...line,
  ratio: times(line.ratio),
  target: `<= ${most}`,
  met: line.ratio <= most,
})

/** A figure of Recto's alone that has a bound of its own; `unit` is written after the bound. */
export const below = (what: string, value: number, written: string, most: number, unit: string): Row => ({
  what,
  recto: written,
  against: '',
  ratio: '',
  target: `<= ${most}${unit}`,
  met: value <= most,
})

export const context = (line: Omit<Ratio, 'ratio'> & { ratio?: number }): Row => ({
  ...line,
  ratio: line.ratio === undefined ? '' : times(line.ratio),
  target: '',
  met: null,
})
