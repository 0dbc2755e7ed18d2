import type { DueCard } from '@recto/client'
import { useEffect, useRef } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { focusOf } from './key-action.ts'
import { learnTexts } from './texts.ts'

type QuestionProps = { due: DueCard; isOpen: boolean; isFirst: boolean }

/** A card with its question, and its answer once it is shown. What is new gets the focus, so that it is read out. */
export const Question = ({ due: { card, schedule }, isOpen, isFirst }: QuestionProps) => {
  const text = useTexts(learnTexts)
  const question = useRef<HTMLHeadingElement>(null)
  const answer = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Who types a tag goes on.
    if (focusOf(document.activeElement) === 'field') return
    if (isOpen) answer.current?.focus()
    else if (!isFirst) question.current?.focus()
  }, [isOpen, isFirst])
  return (
    <article className="card learn-card">
      <p className="hint">{text[schedule.state]}</p>
      <h2 ref={question} tabIndex={-1} dir="auto">
        {card.front}
      </h2>
      {isOpen && (
        <div ref={answer} tabIndex={-1} className="learn-answer">
          <p dir="auto">{card.back}</p>
          {card.source_quote !== null && (
            <figure className="quoted">
              <figcaption>{text.quote}</figcaption>
              <blockquote dir="auto">{card.source_quote}</blockquote>
            </figure>
          )}
        </div>
      )}
    </article>
  )
}
