import { PersonProvider } from './session/person.tsx'
import { useAccess } from './session/session.tsx'
import { SignIn } from './session/sign-in.tsx'
import { Shell } from './shell/shell.tsx'
import { Loading } from './ui/states.tsx'
import { ToastProvider } from './ui/toast.tsx'

/** The page of a person, or the sign-in. `linkError`: why a magic link did not sign the person in. */
export const App = ({ linkError }: { linkError: unknown }) => {
  const { session } = useAccess()
  // A message of one person, and what it offers to take back, is not for who signs in next.
  return (
    <ToastProvider key={session?.user.id}>
      {session === undefined ? (
        <Loading />
      ) : session === null ? (
        <SignIn linkError={linkError} />
      ) : (
        <PersonProvider key={session.user.id}>
          <Shell />
        </PersonProvider>
      )}
    </ToastProvider>
  )
}
