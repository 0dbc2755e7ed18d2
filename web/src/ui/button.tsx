import type { ComponentProps } from 'react'

type ButtonProps = ComponentProps<'button'> & {
  kind?: 'primary' | 'plain' | 'danger'
  /** Its work is under way: it stays focused, says so, and does nothing when it is pressed again. */
  busy?: boolean
  /** It has nothing to do now: it stays where it is, keeps the focus, and does nothing when it is pressed. */
  idle?: boolean
}

export const Button = ({
  kind = 'plain',
  busy = false,
  idle = false,
  onClick,
  className = '',
  ...props
}: ButtonProps) => (
  <button
    type="button"
    {...props}
    className={`button ${kind} ${className}`}
    aria-busy={busy || undefined}
    aria-disabled={busy || idle || undefined}
    onClick={busy || idle ? (event) => event.preventDefault() : onClick}
  />
)
