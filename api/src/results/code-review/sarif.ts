import type { Finding } from '@recto/shared/kinds/code-review/finding'
import type { ResultHead } from '../form.ts'

type Review = ResultHead & { findings: readonly Finding[] }

/** SARIF takes `[text](target)` in a message for a link. The model decides where such a link would lead. */
const withoutLinks = (message: string): string => message.replaceAll('](', '] (')

const artifactOf = (path: string) => ({
  uri: path.split('/').map(encodeURIComponent).join('/'),
  uriBaseId: '%SRCROOT%',
})

/** Whole lines. Their last line end belongs to the region only when nothing comes in their place. */
const deletedRegionOf = ({ start_line, end_line }: Finding, replacement: string) =>
  replacement === ''
    ? { startLine: start_line, startColumn: 1, endLine: end_line + 1, endColumn: 1 }
    : { startLine: start_line, endLine: end_line }

const fixOf = (finding: Finding, replacement: string) => ({
  description: { text: withoutLinks(finding.title) },
  artifactChanges: [
    {
      artifactLocation: artifactOf(finding.path),
      replacements: [{ deletedRegion: deletedRegionOf(finding, replacement), insertedContent: { text: replacement } }],
    },
  ],
})

/** A rejected finding is suppressed: whoever reads the file does not report it again. */
const suppressionOf = (reason: string | null) => ({
  kind: 'external',
  status: 'accepted',
  ...(reason !== null && { justification: reason }),
})

const resultOf = (finding: Finding) => ({
  ruleId: finding.category,
  level: finding.level,
  message: { text: withoutLinks(`${finding.title}\n\n${finding.message}`) },
  guid: finding.id,
  locations: [
    {
      physicalLocation: {
        artifactLocation: artifactOf(finding.path),
        region: { startLine: finding.start_line, endLine: finding.end_line, snippet: { text: finding.quote } },
      },
    },
  ],
  // GitHub compares only the first of these. Both are equal for the same remark on the same code on other lines.
  partialFingerprints: { primaryLocationLineHash: finding.fingerprint, 'rectoFinding/v1': finding.fingerprint },
  ...(finding.suggestion && { fixes: [fixOf(finding, finding.suggestion.replacement)] }),
  ...(finding.status === 'rejected' && { suppressions: [suppressionOf(finding.reject_reason)] }),
  properties: { status: finding.status, flags: finding.flags },
})

const ruleOf = (category: string) => ({
  id: category,
  shortDescription: { text: category.replaceAll('_', ' ') },
  properties: { tags: [category] },
})

/** A code review as a log of SARIF 2.1.0. The categories of its findings are its rules. */
export const sarifOf = ({ findings, generation_id, model, model_served, prompt_version, grounded }: Review) => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'Recto', rules: [...new Set(findings.map(({ category }) => category))].map(ruleOf) } },
      // The part before the last slash is what two reviews of the same code have in common.
      automationDetails: { id: `recto/code_review/${generation_id}` },
      columnKind: 'unicodeCodePoints',
      results: findings.map(resultOf),
      properties: { model, model_served, prompt_version, grounded },
    },
  ],
})
