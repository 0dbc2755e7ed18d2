import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import type { Counts } from './counts.ts'
import { reviewTexts } from './texts.ts'

type FinishedProps = {
  counts: Counts
  /** Whose cards the review was about; null for those of several texts. */
  generationId: string | null
  /** Reads the next suggestions; null when there are none. */
  onMore: (() => void) | null
}

/** What was decided, once everything is, and where to go from there. */
export const Finished = ({ counts, generationId, onMore }: FinishedProps) => {
  const text = useTexts(reviewTexts)
  const format = useFormat()
  const { accepted, rejected, unsent } = counts
  return (
    <div className="review-finished">
      <h2>{text.done}</h2>
      <p>{unsent > 0 ? text.storing : text.outcome(accepted, format.number(rejected))}</p>
      <div className="row">
        {onMore !== null && unsent === 0 && (
          <Button kind="primary" onClick={onMore}>
            {text.more}
          </Button>
        )}
        <a className={onMore === null ? 'button primary' : 'button'} href="#/cards">
          {text.toCards}
        </a>
        {generationId !== null && accepted > 0 && (
          <a className="button" href={`#/cards?generation_id=${generationId}`}>
            {text.export}
          </a>
        )}
        {generationId !== null && <a href="#/review">{text.pending}</a>}
      </div>
    </div>
  )
}
