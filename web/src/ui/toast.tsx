import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react'
import { useTexts } from '../i18n/language.tsx'
import { Button } from './button.tsx'
import { uiTexts } from './texts.ts'

type Toast = { text: string; action?: { label: string; run: () => void } }

const Context = createContext<((toast: Toast) => void) | null>(null)

/** How long a toast stays, in milliseconds. One with an action stays longer, so that the action can be reached. */
const STAYS_MS = 6_000
const STAYS_WITH_ACTION_MS = 15_000

/** Shows one short message at a time, and reads it out. */
export const ToastProvider = ({ children }: { children: ReactNode }) => {
  const text = useTexts(uiTexts)
  const [shown, setShown] = useState<{ toast: Toast } | null>(null)
  const show = useCallback((toast: Toast) => setShown({ toast }), [])
  useEffect(() => {
    if (shown === null) return
    const timer = setTimeout(() => setShown(null), shown.toast.action ? STAYS_WITH_ACTION_MS : STAYS_MS)
    return () => clearTimeout(timer)
  }, [shown])
  const toast = shown?.toast
  return (
    <Context value={show}>
      {children}
      <div className="toasts" role="status">
        {toast && (
          <div className="toast">
            <span>{toast.text}</span>
            {toast.action && (
              <Button
                onClick={() => {
                  toast.action?.run()
                  setShown(null)
                }}
              >
                {toast.action.label}
              </Button>
            )}
            <Button aria-label={text.close} onClick={() => setShown(null)}>
              ×
            </Button>
          </div>
        )}
      </div>
    </Context>
  )
}

/** Shows a message that goes by itself: `toast({ text: 'Deleted', action: { label: 'Undo', run } })`. */
export const useToast = () => {
  const show = useContext(Context)
  if (show === null) throw new Error('there is no ToastProvider above')
  return show
}
