import type { CardImport } from '@recto/client'
import { useFormat, useLanguage, useTexts } from '../../i18n/language.tsx'
import { fileTexts } from './file-texts.ts'
import { issueWords } from './issue-texts.ts'

/** The API reads no further after so many mistakes. */
const mostIssues = 100

const Issues = ({ name, issues }: { name: string; issues: CardImport['issues'] }) => {
  const text = useTexts(fileTexts)
  const { language, format } = useLanguage()
  const title = text.issues(issues.length, format.number(issues.length), name)
  return (
    <div className="note error">
      <p className="note-what" role="alert">
        {title}
      </p>
      <p>{text.issuesHint}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls is scrolled by keyboard, too */}
      <ul className="issues" tabIndex={0} aria-label={title}>
        {issues.map(({ line, message }, index) => {
          const { words, language: spoken } = issueWords(message, language)
          return (
            // A line may have the same mistake twice, and the list never changes.
            <li key={index}>
              <strong>{text.line(format.number(line))}</strong>: <span lang={spoken}>{words}</span>
            </li>
          )
        })}
      </ul>
      {issues.length >= mostIssues && <p>{text.moreIssues}</p>}
    </div>
  )
}

/** What an import of a file would change, or why it is not possible. */
export const ImportCheck = ({ name, result }: { name: string; result: CardImport }) => {
  const text = useTexts(fileTexts)
  const format = useFormat()
  const counts = ['created', 'updated', 'unchanged'] as const
  if (result.issues.length > 0) return <Issues name={name} issues={result.issues} />
  return (
    <div role="status">
      <p>{text.would(name)}</p>
      <dl className="counts">
        {counts.map((count) => (
          <div key={count}>
            <dt>{text[count]}</dt>
            <dd>{text.cards(result[count], format.number(result[count]))}</dd>
          </div>
        ))}
      </dl>
      {result.created + result.updated === 0 && <p>{text.nothingNew}</p>}
    </div>
  )
}
