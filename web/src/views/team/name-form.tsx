import { type FormEvent, useState } from 'react'
import { useTexts } from '../../i18n/language.tsx'
import { useWork } from '../../session/use-work.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Field } from '../../ui/field.tsx'
import { nameProblem } from './roles.ts'
import { teamTexts } from './texts.ts'

type NameFormProps = { name?: string; action: string; work: (name: string) => Promise<void> }

/** Asks for the name of a team. What was written stays when the work fails, and goes when it is done. */
export const NameForm = ({ name = '', action, work }: NameFormProps) => {
  const text = useTexts(teamTexts)
  const { busy, error, run } = useWork()
  const [written, setWritten] = useState(name)
  const [isAsked, setIsAsked] = useState(false)
  const problem = nameProblem(written)
  const send = (event: FormEvent) => {
    event.preventDefault()
    setIsAsked(problem !== null)
    if (problem === null)
      void run(async () => {
        await work(written.trim())
        setWritten(name)
      })
  }
  return (
    <form onSubmit={send} noValidate>
      <Field label={text.name} error={isAsked && problem !== null ? text[problem] : null}>
        {(props) => (
          <input {...props} value={written} autoComplete="off" onChange={(event) => setWritten(event.target.value)} />
        )}
      </Field>
      {error !== null && <ErrorNote error={error} />}
      <Button kind="primary" type="submit" busy={busy}>
        {action}
      </Button>
    </form>
  )
}
