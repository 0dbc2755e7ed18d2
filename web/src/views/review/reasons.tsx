import { useEffect, useRef } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import type { Reason } from './entry.ts'
import { Key } from './key.tsx'
import type { Command } from './keys.ts'
import { reasonTexts, reviewTexts } from './texts.ts'

type ReasonsProps = { reasons: readonly Reason[]; run: (command: Command) => void }

/** Why an item is rejected: a button for each reason, one for none, and the way back. */
export const Reasons = ({ reasons, run }: ReasonsProps) => {
  const text = useTexts(reviewTexts)
  const words = useTexts(reasonTexts)
  const group = useRef<HTMLFieldSetElement>(null)
  useEffect(() => group.current?.querySelector('button')?.focus(), [])
  return (
    <fieldset ref={group} className="review-reasons">
      <legend>{text.why}</legend>
      <Button onClick={() => run({ do: 'reason', reason: 'other' })}>
        {text.noReason} <Key name="↵" />
      </Button>
      {reasons.map((reason, index) => (
        <Button key={reason} aria-keyshortcuts={`${index + 1}`} onClick={() => run({ do: 'reason', reason })}>
          {words[reason]} <Key name={index + 1} />
        </Button>
      ))}
      <Button aria-keyshortcuts="Escape" onClick={() => run({ do: 'back' })}>
        {text.back} <Key name="Esc" />
      </Button>
    </fieldset>
  )
}
