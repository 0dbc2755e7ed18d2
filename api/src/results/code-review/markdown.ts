import type { Finding } from '@recto/shared/kinds/code-review/finding'
import type { ResultHead } from '../form.ts'
import { codeBlock, codeSpan, escapeMarkdown } from './escape-markdown.ts'

type Review = ResultHead & { summary: string | null; findings: readonly Finding[] }

const placeOf = ({ path, start_line, end_line }: Finding): string =>
  codeSpan(`${path}:${start_line}${end_line === start_line ? '' : `-${end_line}`}`)

const suggestionOf = ({ replacement }: { replacement: string }): string[] =>
  replacement === '' ? ['Suggestion: delete these lines.'] : ['Suggestion:', codeBlock(replacement)]

const sectionOf = (finding: Finding): string[] => [
  `## ${escapeMarkdown(finding.title).replaceAll('\n', ' ')}`,
  `${placeOf(finding)} (${finding.level}, ${finding.category.replaceAll('_', ' ')})`,
  codeBlock(finding.quote),
  escapeMarkdown(finding.message),
  ...(finding.suggestion ? suggestionOf(finding.suggestion) : []),
]

/** A code review for people, with the findings that nobody rejected. No words of the model become markup or links. */
export const markdownOf = ({ summary, findings, model_served, model }: Review): string => {
  const shown = findings.filter(({ status }) => status !== 'rejected')
  const blocks = [
    '# Code review',
    ...(summary === null ? [] : [escapeMarkdown(summary)]),
    ...(shown.length === 0 ? ['No findings.'] : shown.flatMap(sectionOf)),
    `Reviewed by ${escapeMarkdown(model_served ?? model)}.`,
  ]
  return `${blocks.join('\n\n')}\n`
}
