import { useLayoutEffect, useRef } from 'react'
import type { Reason } from './entry.ts'
import { type Command, commandOf } from './keys.ts'

const fields = 'input, textarea, select, dialog, [contenteditable]'

/** Whether a key belongs to the element that has the focus: it writes there, presses it, or scrolls it. */
const isTaken = ({ key, target }: KeyboardEvent): boolean => {
  if (!(target instanceof Element)) return false
  if (target.closest(fields) !== null) return true
  if (key === 'Enter') return target.closest('button, a') !== null
  return key.startsWith('Arrow') && target.closest('.source') !== null
}

/** Runs the commands of the keys, wherever the focus is on the page, while the view is shown. */
export const useKeys = (reasons: readonly Reason[] | null, run: (command: Command) => void): void => {
  const latest = useRef({ reasons, run })
  latest.current = { reasons, run }
  // Before the page is painted: a key that is pressed as soon as something is seen is not lost.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || isTaken(event)) return
      const command = commandOf(event, latest.current.reasons)
      if (command === null) return
      event.preventDefault()
      latest.current.run(command)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}
