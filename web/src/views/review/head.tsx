import { useRef } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Key } from './key.tsx'
import { reviewTexts } from './texts.ts'

type HeadProps = {
  /** How many items can be accepted at once. */
  plain: number
  onAcceptPlain: () => void
  onHelp: () => void
}

/** The title, and what is about all items. */
export const Head = ({ plain, onAcceptPlain, onHelp }: HeadProps) => {
  const text = useTexts(reviewTexts)
  const format = useFormat()
  const hadPlain = useRef(false)
  hadPlain.current ||= plain > 0
  return (
    <div className="review-head">
      <h1>{text.title}</h1>
      <div className="row">
        {hadPlain.current && (
          <Button idle={plain === 0} onClick={onAcceptPlain}>
            {text.acceptPlain(format.number(plain))}
          </Button>
        )}
        <Button aria-keyshortcuts="?" onClick={onHelp}>
          {text.keys} <Key name="?" />
        </Button>
      </div>
    </div>
  )
}
