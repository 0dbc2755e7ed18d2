import type { findingCategories, findingFlags, findingLevels } from '@recto/shared/kinds/code-review/finding'

/**
 * In the order in which a finding is judged. `ungrounded`: its quote is not whole lines of the file; `ellipsis`: because
 * the model left lines out; `ambiguous_location`: the quote stands in several places, and its number does not tell which;
 * `outside_snippet`: in none of them is the part to be reviewed; `foreign_link`, `foreign_character`: it has a link or
 * unseen characters that the input lacks; `leaks_prompt`: it has the delimiter.
 */
export type DropReason =
  | 'invalid_shape'
  | 'too_long'
  | 'too_short'
  | 'unknown_path'
  | 'ungrounded'
  | 'ellipsis'
  | 'outside_snippet'
  | 'ambiguous_location'
  | 'leaks_prompt'
  | 'foreign_link'
  | 'foreign_character'
  | 'duplicate'
  | 'too_many'

export type Flag = (typeof findingFlags)[number]

/** A finding that may be stored. `position` counts from 1. */
export type GatedFinding = {
  position: number
  path: string
  start_line: number
  end_line: number
  quote: string
  category: (typeof findingCategories)[number]
  level: (typeof findingLevels)[number]
  title: string
  message: string
  replacement: string | null
  flags: Flag[]
  fingerprint: string
}

export type Review = { summary: string; findings: GatedFinding[] }
