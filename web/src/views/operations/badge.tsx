import type { ReactNode } from 'react'

export type Mood = 'good' | 'warn' | 'bad' | 'plain'

/** A short word whose colour repeats what it says. */
export const Badge = ({ mood, children }: { mood: Mood; children: ReactNode }) => (
  <span className={`badge ${mood}`}>{children}</span>
)
