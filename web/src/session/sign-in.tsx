import { useEffect } from 'react'
import { useTexts } from '../i18n/language.tsx'
import { LanguageChoice, ThemeChoice } from '../shell/choices.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { MadeUpPerson } from './made-up-person.tsx'
import { PasswordForm } from './password-form.tsx'
import { useAccess } from './session.tsx'
import { signInTexts } from './texts.ts'

/** What a person sees who is not signed in. */
export const SignIn = ({ linkError }: { linkError: unknown }) => {
  const text = useTexts(signInTexts)
  const { config } = useAccess()
  useEffect(() => {
    document.title = `${text.title} – Recto`
  }, [text])
  return (
    <main className="sign-in">
      <div className="choices">
        <LanguageChoice />
        <ThemeChoice />
      </div>
      <h1>Recto</h1>
      <p className="lead">{text.lead}</p>
      {linkError !== null && <ErrorNote error={linkError} />}
      {config.local_sign_in && <MadeUpPerson />}
      <PasswordForm />
    </main>
  )
}
