import { useEffect, useLayoutEffect, useRef } from 'react'

const rowOf = (id: string | null) => (id === null ? null : document.getElementById(`item-${id}`))
const pick = (id: string | null) =>
  rowOf(id)?.querySelector<HTMLElement>('.review-pick')?.focus({ preventScroll: true })

/** Scrolls the page as little as needed, so that a row stands between what is stuck to the top and to the bottom. */
const reveal = (row: HTMLElement): void => {
  row.scrollIntoView({ block: 'nearest' })
  const bar = document.querySelector('.review-bar')?.getBoundingClientRect().top ?? innerHeight
  const hidden = row.getBoundingClientRect().bottom - bar
  if (hidden > 0) scrollBy(0, hidden)
}
const isInList = (element: Element | null) => element?.closest('.review-list') !== null

/**
 * Keeps the active item in sight, and the focus with it when it is in the list. `open` is what is open for the
 * active one: what opened it gets the focus back when it is closed.
 */
export const useFocus = (active: string | null, open: string | null) => {
  const opener = useRef<Element | null>(null)
  const isFirst = useRef(true)
  useLayoutEffect(() => {
    const row = rowOf(active)
    // The page begins at its top.
    if (!isFirst.current && row !== null) reveal(row)
    isFirst.current = false
  }, [active, open])
  useLayoutEffect(() => {
    if (document.activeElement !== null && isInList(document.activeElement)) pick(active)
  }, [active])
  useEffect(() => {
    const from = opener.current
    if (open !== null || from === null) return
    opener.current = null
    if (isInList(from)) pick(active)
    else if (from instanceof HTMLElement && from.isConnected) from.focus({ preventScroll: true })
  }, [active, open])
  return {
    /** Is called before something is opened. */
    remember: (): void => {
      opener.current = document.activeElement
    },
  }
}
