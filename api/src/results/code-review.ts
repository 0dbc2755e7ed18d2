import { CodeReviewOutput } from '@recto/shared/kinds/code-review/finding'
import { findFindings } from '../findings/store.ts'
import { defineResultForm } from './form.ts'

/** Null once the retention of the code is over, which takes the summary along, or when somebody wrote it by hand. */
const Output = CodeReviewOutput.nullable().catch(null)

export const codeReviewResult = defineResultForm({
  kind: 'code_review',
  read: async (readAs, caller, generationId) => {
    const found = await findFindings(readAs, caller, generationId)
    return found && { summary: Output.parse(found.output)?.summary ?? null, findings: found.data }
  },
  formats: {},
})
