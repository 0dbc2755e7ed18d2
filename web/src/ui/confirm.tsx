import type { ReactNode } from 'react'
import { useTexts } from '../i18n/language.tsx'
import { useWork } from '../session/use-work.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { ErrorNote } from './error-note.tsx'
import { uiTexts } from './texts.ts'

type ConfirmProps = {
  title: string
  /** What will happen. */
  children: ReactNode
  /** The words of the button. */
  action: string
  kind?: 'primary' | 'danger'
  /** Does it. The dialog stays open and says why when this rejects. */
  work: () => Promise<unknown>
  onClose: () => void
}

/** A dialog that asks before something is done, and closes when it is. */
export const Confirm = ({ title, children, action, kind = 'danger', work, onClose }: ConfirmProps) => {
  const text = useTexts(uiTexts)
  const { busy, error, run } = useWork()
  const confirm = () =>
    run(async () => {
      await work()
      onClose()
    })
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      {error !== null && <ErrorNote error={error} />}
      <div className="row">
        <Button kind={kind} busy={busy} onClick={() => void confirm()}>
          {action}
        </Button>
        <Button onClick={onClose}>{text.cancel}</Button>
      </div>
    </Dialog>
  )
}
