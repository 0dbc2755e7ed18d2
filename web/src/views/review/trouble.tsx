import { useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { reviewTexts } from './texts.ts'

type TroubleProps = {
  /** How many decisions could not be stored. */
  failed: number
  /** Why the API did not answer; null when it answered and refused. */
  stopped: unknown
  onRetry: () => void
  onShow: () => void
}

/** Says that decisions could not be stored. Why the API refused one stands in its row. */
export const Trouble = ({ failed, stopped, onRetry, onShow }: TroubleProps) => {
  const text = useTexts(reviewTexts)
  if (failed === 0) return null
  return (
    <div className="review-trouble">
      <p role="alert" className="note-what">
        {text.failed(failed)}
      </p>
      {stopped === null ? (
        <Button onClick={onShow}>{text.show}</Button>
      ) : (
        <ErrorNote error={stopped} onRetry={onRetry} />
      )}
    </div>
  )
}
