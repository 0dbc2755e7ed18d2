import type { ReactNode } from 'react'
import type { Entry } from './entry.ts'
import { toneOf } from './row-state.tsx'

type ItemRowProps = {
  entry: Entry
  isActive: boolean
  title: string
  onActivate: (id: string) => void
  children: ReactNode
}

/** One item of a list to decide about. Its title is a button that makes it the active one. */
export const ItemRow = ({ entry, isActive, title, onActivate, children }: ItemRowProps) => (
  <li id={`item-${entry.item.id}`} className={`review-row ${toneOf(entry)}${isActive ? ' active' : ''}`}>
    <h3>
      <button
        type="button"
        className="review-pick"
        tabIndex={isActive ? 0 : -1}
        aria-current={isActive || undefined}
        onClick={() => onActivate(entry.item.id)}
      >
        {title}
      </button>
    </h3>
    {children}
  </li>
)
