import { times } from './numbers.ts'

/** One line of the table. `met` is null when the line has no target and only gives context. */
export type Row = { what: string; recto: string; against: string; ratio: string; target: string; met: boolean | null }

/** The options of a part. `say` reports progress outside of the table. */
type Scope = { full: boolean; say(line: string): void }

/** Runs one benchmark and returns its lines. A part starts and stops all that it needs. */
export type Part = (scope: Scope) => Promise<Row[]>

type Ratio = { what: string; recto: string; against: string; ratio: number }

/** A line whose ratio of Recto's number to the other number has a lower bound. */
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

/** A line with an upper bound for a number of Recto. The table shows `unit` after the bound. */
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
