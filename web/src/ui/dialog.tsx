import { type ReactNode, useEffect, useId, useRef } from 'react'
import { useTexts } from '../i18n/language.tsx'
import { Button } from './button.tsx'
import { uiTexts } from './texts.ts'

type DialogProps = { title: string; onClose: () => void; children: ReactNode }

/** A modal dialog while it is rendered. Escape and its button call `onClose`; the focus then returns to where it was. */
export const Dialog = ({ title, onClose, children }: DialogProps) => {
  const text = useTexts(uiTexts)
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => {
      dialog?.close()
      // What was focused before may be gone by the work of the dialog.
      if (document.activeElement === document.body) document.querySelector('main')?.focus()
    }
  }, [])
  return (
    <dialog ref={ref} aria-labelledby={id} onCancel={onClose}>
      <div className="dialog-head">
        <h2 id={id}>{title}</h2>
        <Button aria-label={text.close} onClick={onClose}>
          ×
        </Button>
      </div>
      {children}
    </dialog>
  )
}
