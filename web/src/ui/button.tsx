import type { ComponentProps } from 'react'

type ButtonProps = ComponentProps<'button'> & {
  kind?: 'primary' | 'plain' | 'danger'
  /** Its work is under way: it stays focused, says so, and does nothing when it is pressed again. */
  busy?: boolean
}

export const Button = ({ kind = 'plain', busy = false, onClick, className = '', ...props }: ButtonProps) => (
  <button
    type="button"
    {...props}
    className={`button ${kind} ${className}`}
    aria-busy={busy || undefined}
    aria-disabled={busy || undefined}
    onClick={busy ? (event) => event.preventDefault() : onClick}
  />
)
