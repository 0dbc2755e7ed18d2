import { codePoints } from '../../text.ts'

/** Control, format, private and unassigned characters, and lone surrogates: a path is shown to people. */
const unseen = /\p{C}/u

/** Why a path cannot name a file of a review; null when it can. It is relative, inside its root, and unambiguous. */
export const pathDefect = (path: string, most: number): string | null => {
  if (codePoints(path) > most) return `must have at most ${most} characters`
  if (unseen.test(path)) return 'must not contain control or invisible characters'
  if (path.includes('\\')) return 'must use slashes, not backslashes'
  if (/^(?:\/|[A-Za-z]:)/.test(path)) return 'must be relative'
  const parts = path.split('/')
  if (parts.some((part) => part === '.' || part === '..')) return 'must not contain . or .. as a part'
  if (parts.some((part) => part === '' || part !== part.trim()))
    return 'must not have empty parts or parts with outer blanks'
  return null
}
