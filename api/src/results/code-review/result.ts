import { CodeReviewOutput, type Finding } from '@recto/shared/kinds/code-review/finding'
import { findFindings } from '../../findings/store.ts'
import { defineResultForm } from '../form.ts'
import { markdownOf } from './markdown.ts'
import { rdjsonOf } from './rdjson.ts'
import { sarifOf } from './sarif.ts'

/** Null once the retention of the code is over, which takes the summary along, or when somebody wrote it by hand. */
const Output = CodeReviewOutput.nullable().catch(null)

export const codeReviewResult = defineResultForm<{ summary: string | null; findings: Finding[] }>({
  kind: 'code_review',
  read: async (readAs, caller, generationId) => {
    const found = await findFindings(readAs, caller, generationId)
    return found && { summary: Output.parse(found.output)?.summary ?? null, findings: found.data }
  },
  formats: {
    sarif: { contentType: 'application/sarif+json', write: (document) => JSON.stringify(sarifOf(document)) },
    rdjson: { contentType: 'application/json', write: ({ findings }) => JSON.stringify(rdjsonOf(findings)) },
    markdown: { contentType: 'text/markdown; charset=utf-8', write: markdownOf },
  },
})
