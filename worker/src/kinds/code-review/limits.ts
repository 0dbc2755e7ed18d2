import { findingBounds } from '@recto/shared/kinds/code-review/finding'
import { reviewBounds } from '@recto/shared/kinds/code-review/input'
import { reviewSize } from '@recto/shared/kinds/code-review/size'

/** The limits that prompt and gate of code_review@1 share. Lengths are in code points where no other unit is named. */
export const limits = {
  ...findingBounds,
  findings: reviewBounds.findings,
  spareFindings: reviewSize.spareFindings,
  summary: 2000,
  /** The most UTF-16 units of an answer. */
  answer: 240_000,
  /** The most elements of an answer that are read, and how many beyond those requested are checked. */
  elements: 2000,
  spareElements: 20,
  /** The least number of visible characters of a quote. */
  quoteCharacters: 3,
  /** How far a model's line number may be from the place that it chooses. */
  drift: 3,
} as const
