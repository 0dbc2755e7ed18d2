import { isRectoError, type NewGeneration } from '@recto/client'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useRef, useState } from 'react'
import { useFormat, useTexts } from '../../i18n/language.tsx'
import { home } from '../../router/routes.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { textBounds } from './bounds.ts'
import { checkText, type TextProblem } from './check-text.ts'
import { Cost } from './cost.tsx'
import { bodyOf, emptyDraft } from './draft.ts'
import { Limits, useLimits } from './limits.tsx'
import { Options } from './options.tsx'
import { TextField } from './text-field.tsx'
import { createTexts } from './texts.ts'
import { useDraft } from './use-draft.ts'
import { useSubmit } from './use-submit.ts'

/** What the API said of each field. */
const fieldErrors = (error: unknown): Record<string, string> =>
  isRectoError(error) && 'problem' in error
    ? Object.fromEntries((error.problem.errors ?? []).map(({ path, message }) => [path, message]))
    : {}

const Create = () => {
  const text = useTexts(createTexts)
  const format = useFormat()
  const { draft, change } = useDraft()
  const [isAsked, setIsAsked] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const queries = useQueryClient()
  const { isSending, error, submit } = useSubmit<NewGeneration>({
    from: home,
    onAccepted: (id, { source_text }) => {
      // The text is there at once; the rest of the row follows.
      queries.setQueryData(['source', id], { source_text, request_id: null }, { updatedAt: 0 })
      change(emptyDraft)
      return `/generations/${id}`
    },
  })
  const plan = useLimits().data?.data.find(({ name }) => name === 'characters')
  const most = Math.min(textBounds.max, Number(plan?.limit ?? textBounds.max))
  const { length, problem } = checkText(draft.text, most)
  const errors = fieldErrors(error)

  const words = (found: TextProblem): string => {
    if (found === 'short') return text.short(format.number(textBounds.min))
    return found === 'long' ? text.long(format.number(most)) : text[found]
  }
  const send = (event: FormEvent) => {
    event.preventDefault()
    setIsAsked(true)
    if (problem === null) submit(bodyOf(draft))
    else form.current?.querySelector('textarea')?.focus()
  }
  return (
    <>
      <h1>{text.title}</h1>
      <form ref={form} className="create" onSubmit={send} noValidate>
        <div>
          <TextField
            value={draft.text}
            length={length}
            most={most}
            error={isAsked && problem !== null ? words(problem) : (errors.source_text ?? null)}
            onChange={(next) => {
              setIsAsked(false)
              change({ text: next })
            }}
          />
          {error !== null && <ErrorNote error={error} />}
          <Button kind="primary" type="submit" busy={isSending}>
            {text.submit}
          </Button>
        </div>
        <div>
          <Cost body={problem === null ? bodyOf(draft) : null} />
          <Options draft={draft} change={change} errors={errors} />
          <Limits />
        </div>
      </form>
    </>
  )
}
export default Create
