import { type FormEvent, useState } from 'react'
import { useTexts } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Field } from '../ui/field.tsx'
import { useAccess } from './session.tsx'
import { signInTexts } from './texts.ts'
import { useWork } from './use-work.ts'

type Missing = { email?: string; password?: string }

/** Signs in at Supabase Auth by a password, or by a link that is mailed. */
export const PasswordForm = () => {
  const { auth } = useAccess()
  const text = useTexts(signInTexts)
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [missing, setMissing] = useState<Missing>({})
  const [sentTo, setSentTo] = useState('')
  const { busy, error, run } = useWork()

  const withAddress = (needsPassword: boolean, work: () => Promise<void>) => {
    const found: Missing = {
      ...(!email.includes('@') && { email: text.emailNeeded }),
      ...(needsPassword && password === '' && { password: text.passwordNeeded }),
    }
    setMissing(found)
    setSentTo('')
    if (Object.keys(found).length === 0) void run(work)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    withAddress(true, () => auth.signIn(email, password))
  }
  const sendLink = () =>
    withAddress(false, async () => {
      await auth.sendLink(email)
      setSentTo(email)
    })

  return (
    <form onSubmit={submit} className="panel" noValidate>
      <Field label={text.email} error={missing.email ?? null}>
        {(props) => (
          <input
            {...props}
            type="email"
            autoComplete="username"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <Field label={text.password} error={missing.password ?? null}>
        {(props) => (
          <input
            {...props}
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <div className="row">
        <Button kind="primary" type="submit" busy={busy}>
          {text.signIn}
        </Button>
        <Button busy={busy} onClick={sendLink}>
          {text.sendLink}
        </Button>
      </div>
      <p role="status">{sentTo && text.sent(sentTo)}</p>
      {error !== null && <ErrorNote error={error} />}
    </form>
  )
}
