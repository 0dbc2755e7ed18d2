import { codePoints } from '@recto/shared/text'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { cardBounds } from '../../card/bounds.ts'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { Field } from '../../ui/field.tsx'
import { type Draft, type FieldProblem, problemsOf } from './card-draft.ts'
import { cardsTexts } from './texts.ts'

type SideProps = {
  name: 'front' | 'back'
  value: string
  isFixed: boolean
  error: string | null
  onChange: (text: string) => void
}

const Side = ({ name, value, isFixed, error, onChange }: SideProps) => {
  const text = useTexts(cardsTexts)
  const format = useFormat()
  const hint = text.count(format.number(codePoints(value)), format.number(cardBounds[name]))
  return (
    <Field label={text[name]} hint={hint} error={error}>
      {(props) => (
        <textarea
          {...props}
          dir="auto"
          readOnly={isFixed}
          rows={name === 'front' ? 3 : 5}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

const useProblemWords = () => {
  const text = useTexts(cardsTexts)
  const format = useFormat()
  return (name: keyof Draft, problem: FieldProblem | null): string | null => {
    if (problem === null) return null
    if (problem === 'manyTags') return text.manyTags(format.number(cardBounds.tags))
    if (problem === 'longTag') return text.longTag(format.number(cardBounds.tag))
    return problem === 'long' && name !== 'tags'
      ? text.long(format.number(cardBounds[name]))
      : text[problem === 'blank' ? 'blank' : 'characters']
  }
}

type CardFormProps = {
  /** Where it stands beside another version of the card. */
  title: string | null
  draft: Draft
  /** It is being saved as it is. */
  isFixed: boolean
  onType: (changes: Partial<Draft>) => void
  onSave: () => void
  /** Between the fields and the end: what happened, and the buttons. */
  children: ReactNode
}

/** The fields of a card. What the API would not take is told at its field, and is not sent. */
export const CardForm = ({ title, draft, isFixed, onType, onSave, children }: CardFormProps) => {
  const text = useTexts(cardsTexts)
  const words = useProblemWords()
  const form = useRef<HTMLFormElement>(null)
  const [isAsked, setIsAsked] = useState(false)
  const problems = problemsOf(draft)
  const errorOf = (name: keyof Draft) => (isAsked ? words(name, problems[name]) : null)
  // The dialog opens after its content is there, and would take the focus.
  useEffect(() => queueMicrotask(() => form.current?.querySelector('textarea')?.focus()), [])
  // Once the wrong fields say so.
  useEffect(() => {
    if (isAsked) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [isAsked])

  const send = (event: FormEvent) => {
    event.preventDefault()
    const isWrong = Object.values(problems).some((problem) => problem !== null)
    setIsAsked(isWrong)
    if (!isWrong) onSave()
  }
  return (
    <form ref={form} onSubmit={send} noValidate aria-label={title ?? undefined}>
      {title !== null && <h3>{title}</h3>}
      <Side
        name="front"
        value={draft.front}
        isFixed={isFixed}
        error={errorOf('front')}
        onChange={(front) => onType({ front })}
      />
      <Side
        name="back"
        value={draft.back}
        isFixed={isFixed}
        error={errorOf('back')}
        onChange={(back) => onType({ back })}
      />
      <Field label={text.tags} hint={text.tagsHint} error={errorOf('tags')}>
        {(props) => (
          <input
            {...props}
            autoCapitalize="none"
            autoComplete="off"
            readOnly={isFixed}
            value={draft.tags}
            onChange={(event) => onType({ tags: event.target.value })}
          />
        )}
      </Field>
      {children}
    </form>
  )
}
