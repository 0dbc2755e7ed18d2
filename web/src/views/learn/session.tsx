import { useLayoutEffect } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Loading } from '../../ui/states.tsx'
import { Before } from './before.tsx'
import { Done } from './done.tsx'
import { focusOf, keyAction } from './key-action.ts'
import { Question } from './question.tsx'
import { Ratings } from './ratings.tsx'
import { keyOf } from './shown.ts'
import { learnTexts } from './texts.ts'
import type { Due } from './use-due.ts'
import { useSession } from './use-session.ts'

type SessionProps = {
  due: Due
  tag: string
  /** When the API answered `due`, in milliseconds. */
  at: number
  isReading: boolean
}

/** The cards that are due, one after the other, by buttons or by keyboard. */
export const Session = ({ due, tag, at, isReading }: SessionProps) => {
  const text = useTexts(learnTexts)
  const { card, before, isOpen, open, rate, isRating, error } = useSession(due)
  // At once, so that a key that follows another one finds what is shown by then.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      const action = card && keyAction(event, focusOf(event.target), isOpen)
      if (!action) return
      event.preventDefault()
      if (action === 'open') open()
      else rate(action)
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  })
  return (
    <>
      <Before before={before} />
      {card === null ? (
        isReading && due.data.length > 0 ? (
          <Loading />
        ) : (
          <Done tag={tag} />
        )
      ) : (
        <>
          <Question key={keyOf(card)} due={card} isOpen={isOpen} isFirst={before === null} />
          {error !== null && <ErrorNote error={error} />}
          {isOpen ? (
            <Ratings previews={card.previews} at={at} busy={isRating} onRate={rate} />
          ) : (
            <Button kind="primary" className="learn-show" onClick={open}>
              {text.show} <kbd>{text.space}</kbd>
            </Button>
          )}
        </>
      )}
    </>
  )
}
