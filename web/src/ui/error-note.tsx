import { type Described, describeError } from '../errors/describe-error.ts'
import { useLanguage, useTexts } from '../i18n/language.tsx'
import { Button } from './button.tsx'
import { uiTexts } from './texts.ts'

type ErrorNoteProps = {
  error: unknown
  /** Offers to try again. */
  onRetry?: () => void
}

/** Says what happened, what to do, and the request id. */
export const ErrorNote = ({ error, ...props }: ErrorNoteProps) => {
  const { language } = useLanguage()
  return <Note described={describeError(error, language)} {...props} />
}

/** The same of an error that is described already. */
export const Note = ({ described, onRetry }: { described: Described } & Omit<ErrorNoteProps, 'error'>) => {
  const text = useTexts(uiTexts)
  const { what, advice, details, requestId } = described
  return (
    <div className="note error" role="alert">
      <p className="note-what">{what}</p>
      {advice && <p>{advice}</p>}
      {details.length > 0 && (
        <ul lang="en" className="note-details">
          {details.map((detail) => (
            <li key={detail}>{detail}</li>
          ))}
        </ul>
      )}
      {requestId !== null && (
        <p className="hint">
          {text.requestId}: <code>{requestId}</code>
        </p>
      )}
      {onRetry && <Button onClick={onRetry}>{text.again}</Button>}
    </div>
  )
}
