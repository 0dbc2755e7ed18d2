import { codeReviewResult } from './code-review/result.ts'
import { flashcardsResult } from './flashcards.ts'
import type { AnyResultForm } from './form.ts'
import { outputResult } from './output.ts'

/** The forms of kinds whose results are more than the column `output`, or have formats beside JSON. */
const forms = new Map([flashcardsResult, codeReviewResult].map((form) => [form.kind, form]))

/** How the results of a kind are answered, of an unknown kind too: its rows may be older than this release. */
export const resultFormOf = (kind: string): AnyResultForm => forms.get(kind) ?? outputResult(kind)
