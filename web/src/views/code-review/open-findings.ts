import type { Finding } from '@recto/client'
import { begin } from '../review/review-state.ts'
import { createReviews, type Owner } from '../review/reviews.ts'
import { type CodeFile, inOrder } from './places.ts'

/** The document of a code review. `summary` is null when it was deleted with the code. */
type Result = { summary: string | null; findings: Finding[] }

const open = createReviews<Finding, Pick<Result, 'summary'>>('findings')

/** Opens the findings of a code review, with what was decided before. @throws RectoError */
export const openFindings = (owner: Owner, id: string, files: CodeFile[] | null, signal: AbortSignal) =>
  open(owner, id, async () => {
    const path = `ai/generations/${encodeURIComponent(id)}/result`
    const { summary, findings } = await owner.recto.request<Result>(path, { signal })
    return { first: begin(inOrder(findings, files ?? []), {}), more: { summary } }
  })
