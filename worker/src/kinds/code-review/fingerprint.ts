import { hash } from 'node:crypto'

/**
 * Returns 32 hexadecimal digits of a SHA-256 hash: equal for the same category on the same code of a path, whatever the
 * lines are numbered, how they are indented, and how a model words it. `nth`: which of the equal places it is.
 */
export const fingerprint = (path: string, category: string, lines: readonly string[], nth: number): string =>
  hash('sha256', JSON.stringify([path, category, lines.map((line) => line.trim()), nth])).slice(0, 32)
