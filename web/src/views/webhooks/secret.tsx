import { useEffect, useRef } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { webhookTexts } from './texts.ts'

/** A secret that the API has just answered. It stays until the person has stored it. */
export const Secret = ({ value, onStored }: { value: string; onStored: () => void }) => {
  const text = useTexts(webhookTexts)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section className="note good secret">
      <h2 ref={heading} tabIndex={-1}>
        {text.secretShown}
      </h2>
      <p>{text.secretHint}</p>
      <div className="row">
        <input readOnly value={value} aria-label={text.secret} onFocus={({ target }) => target.select()} />
        <Copy value={value} what={text.secret} />
        <Button kind="primary" onClick={onStored}>
          {text.stored}
        </Button>
      </div>
    </section>
  )
}
