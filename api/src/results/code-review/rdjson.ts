import type { Finding } from '@recto/shared/kinds/code-review/finding'

const severities = { error: 'ERROR', warning: 'WARNING', note: 'INFO' } as const

/** Without columns, a range has whole lines and its last line too. */
const rangeOf = ({ start_line, end_line }: Finding) => ({ start: { line: start_line }, end: { line: end_line } })

const diagnosticOf = (finding: Finding) => ({
  message: `${finding.title}\n\n${finding.message}`,
  location: { path: finding.path, range: rangeOf(finding) },
  severity: severities[finding.level],
  code: { value: finding.category },
  ...(finding.suggestion && { suggestions: [{ range: rangeOf(finding), text: finding.suggestion.replacement }] }),
})

/** The findings that nobody rejected, in the Reviewdog Diagnostic Format. reviewdog reads it with `-f=rdjson`. */
export const rdjsonOf = (findings: readonly Finding[]) => ({
  source: { name: 'recto' },
  diagnostics: findings.filter(({ status }) => status !== 'rejected').map(diagnosticOf),
})
