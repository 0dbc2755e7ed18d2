import { type FormEvent, useState } from 'react'
import { useTexts } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Field } from '../ui/field.tsx'
import { useAccess } from './session.tsx'
import { signInTexts } from './texts.ts'
import { useWork } from './use-work.ts'

/** The person of one click. `npm run token -- --user ana` knows the same one. */
const usual = 'ana'

/** Signs in as a made-up person of the local system. */
export const MadeUpPerson = () => {
  const { auth } = useAccess()
  const text = useTexts(signInTexts)
  const [name, setName] = useState('')
  const { busy, error, run } = useWork()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() !== '') void run(() => auth.signInMadeUp(name))
  }
  return (
    <section className="panel">
      <h2>{text.local}</h2>
      <p>{text.localHint}</p>
      <Button kind="primary" busy={busy} onClick={() => void run(() => auth.signInMadeUp(usual))}>
        {text.as(usual)}
      </Button>
      <form onSubmit={submit} className="row">
        <Field label={text.name}>
          {(props) => (
            <input
              {...props}
              value={name}
              maxLength={100}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" busy={busy}>
          {text.go}
        </Button>
      </form>
      {error !== null && <ErrorNote error={error} />}
    </section>
  )
}
