import type { NewGenerationCodeReview } from '@recto/client'
import { codePoints } from '@recto/shared/text'
import { type FormEvent, useRef, useState } from 'react'
import { useFormat, useLanguage, useTexts } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Field } from '../../ui/field.tsx'
import { useFileDrop } from '../cards/use-file-drop.ts'
import { createTexts } from '../create/texts.ts'
import { useSubmit } from '../create/use-submit.ts'
import { codeBounds } from './bounds.ts'
import { bodyOf, codeProblem, type DraftFile, lengthOf, pathProblem } from './draft.ts'
import { FileFields } from './file-fields.tsx'
import { codeTexts } from './texts.ts'
import { useDraft } from './use-draft.ts'

type TakeProps = { files: DraftFile[]; error: string | null; onTake: (files: File[]) => void }

/** Where files are chosen, and how much all of them are. */
const Take = ({ files, error, onTake }: TakeProps) => {
  const text = useTexts(codeTexts)
  const format = useFormat()
  const [count, length] = [format.number(files.length), format.number(lengthOf(files))]
  return (
    <Field
      label={text.take}
      hint={text.count(count, format.number(codeBounds.files), length, format.number(codeBounds.code))}
      error={error}
    >
      {(props) => (
        <input
          {...props}
          type="file"
          multiple
          onChange={({ target }) => {
            onTake([...(target.files ?? [])])
            // The same file can be chosen again.
            target.value = ''
          }}
        />
      )}
    </Field>
  )
}

type WishesProps = { value: string; isTooLong: boolean; onChange: (instructions: string) => void }

/** What the review should look at. */
const Wishes = ({ value, isTooLong, onChange }: WishesProps) => {
  const text = useTexts(codeTexts)
  const { count } = useTexts(createTexts)
  const format = useFormat()
  return (
    <Field
      label={text.instructions}
      hint={count(format.number(codePoints(value)), format.number(codeBounds.instructions))}
      error={isTooLong ? text.long : null}
    >
      {(props) => <textarea {...props} rows={2} value={value} onChange={({ target }) => onChange(target.value)} />}
    </Field>
  )
}

/** Files and wishes of a new review. */
export const Start = () => {
  const text = useTexts(codeTexts)
  const { language } = useLanguage()
  const { draft, unread, write, clear, add, remove, change, take } = useDraft()
  const { files, instructions } = draft
  const [isAsked, setIsAsked] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const { isOver, dropProps } = useFileDrop((dropped) => void take(dropped))
  const { isSending, error, submit } = useSubmit<NewGenerationCodeReview>({
    from: '/code-review',
    onAccepted: (id) => {
      clear()
      return `/code-review/${id}`
    },
  })
  const problem = codeProblem(files)
  const isTooLong = codePoints(instructions) > codeBounds.instructions
  /** What is wrong, or new, or left, is there after the next render. */
  const focusSoon = (selector: string) => setTimeout(() => form.current?.querySelector<HTMLElement>(selector)?.focus())

  const send = (event: FormEvent) => {
    event.preventDefault()
    setIsAsked(true)
    if (problem !== null) focusSoon('textarea')
    else if (isTooLong || files.some((file) => pathProblem(files, file) !== null)) focusSoon('[aria-invalid]')
    else submit(bodyOf(draft, language))
  }
  return (
    <form ref={form} className={isOver ? 'drop over' : 'drop'} {...dropProps} onSubmit={send} noValidate>
      <p className="hint">{text.hint}</p>
      {files.map((file) => (
        <FileFields
          key={file.key}
          file={file}
          problem={isAsked ? pathProblem(files, file) : null}
          onChange={(changes) => change(file.key, changes)}
          onRemove={() => {
            remove(file.key)
            focusSoon('.code-add')
          }}
          isOnly={files.length === 1}
        />
      ))}
      <Button
        className="code-add"
        idle={files.length >= codeBounds.files}
        onClick={() => {
          add()
          focusSoon('.code-file:last-of-type input')
        }}
      >
        {text.add}
      </Button>
      <Take
        files={files}
        error={unread || (problem !== null && (isAsked || problem !== 'blank') ? text[problem] : null)}
        onTake={(taken) => void take(taken)}
      />
      <Wishes value={instructions} isTooLong={isTooLong} onChange={write} />
      {error !== null && <ErrorNote error={error} />}
      <Button kind="primary" type="submit" busy={isSending}>
        {text.submit}
      </Button>
    </form>
  )
}
