import { codePoints } from '@recto/shared/text'
import { limits } from './limits.ts'
import { commonIndent, comparable, linesOf, withoutOuterBlanks } from './lines.ts'
import type { Place } from './places.ts'

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Whether the file was JSON before and is none behind the replacement. */
const breaksJson = (path: string, lines: readonly string[], { start, end }: Place, replacement: string): boolean => {
  if (!/\.json$/i.test(path) || !isJson(lines.join('\n'))) return false
  return !isJson([...lines.slice(0, start - 1), replacement, ...lines.slice(end)].join('\n'))
}

/** The lines with the indentation of the file in place of that of the quote. */
const indented = (lines: readonly string[], from: string, to: string): string[] =>
  lines.map((line) => (line.startsWith(from) && line.trim() !== '' ? to + line.slice(from.length) : line))

/**
 * What stands for the lines of a place; null when nothing usable does: it is blank, too long, what stands there already, or
 * it breaks JSON. `quote`: the lines as the model wrote them, whose indentation may be another one than the file's.
 */
export const usableReplacement = (
  replacement: string,
  file: { path: string; lines: readonly string[] },
  place: Place,
  quote: readonly string[],
): string | null => {
  const own = file.lines.slice(place.start - 1, place.end)
  const written = linesOf(replacement)
  const sent = written.length > 1 && written.at(-1) === '' ? written.slice(0, -1) : written
  if (withoutOuterBlanks(sent).length === 0) return null
  const lines = indented(sent, commonIndent(withoutOuterBlanks(quote)), commonIndent(own))
  const text = lines.join('\n')
  const isSame = (other: readonly string[]) => other.map(comparable).join('\n') === own.map(comparable).join('\n')
  if (codePoints(text) > limits.replacement || isSame(lines) || isSame(sent)) return null
  return breaksJson(file.path, file.lines, place, text) ? null : text
}
