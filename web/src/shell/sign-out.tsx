import { useState } from 'react'
import { useTexts } from '../i18n/language.tsx'
import { useAccess } from '../session/session.tsx'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { shellTexts } from './texts.ts'

/** Whether something on the page would keep the tab from being closed, because it is not stored yet. */
const isHeld = (): boolean => !dispatchEvent(new Event('beforeunload', { cancelable: true }))

/** Signs the person out. Asks first when something would be lost. */
export const SignOut = () => {
  const text = useTexts(shellTexts)
  const { auth } = useAccess()
  const [isAsked, setIsAsked] = useState(false)
  return (
    <>
      <Button onClick={() => (isHeld() ? setIsAsked(true) : void auth.signOut())}>{text.signOut}</Button>
      {isAsked && (
        <Confirm title={text.unsaved} action={text.signOut} work={auth.signOut} onClose={() => setIsAsked(false)}>
          <p>{text.unsavedLost}</p>
        </Confirm>
      )}
    </>
  )
}
