import { type CodeReviewInput, sourceCodePath } from '@recto/shared/kinds/code-review/input'
import { codePoints } from '@recto/shared/text'
import type { DropReason } from './finding.ts'
import { limits } from './limits.ts'
import { linesOf, withoutOuterBlanks } from './lines.ts'
import { choosePlace, type Place, type Places } from './places.ts'

export type ReviewedFile = {
  path: string
  lines: readonly string[]
  find(quote: readonly string[]): Places
}

/**
 * Where a quote stands. `nth`: which of the equal places of the file it is. `corrected`: the model's number was another
 * one. `quote`: its lines as the model wrote them.
 */
export type Located = { file: ReviewedFile; place: Place; nth: number; corrected: boolean; quote: readonly string[] }

const numberOf = (line: unknown): number | null => {
  const number = typeof line === 'string' && /^\d{1,6}$/.test(line.trim()) ? Number(line) : line
  return Number.isSafeInteger(number) ? Number(number) : null
}

/** A line that stands for lines which the model left out: `...`, `// …`, `# ... rest`, or a line that ends so. */
const leavesOut = /^\W{0,4}(?:\.{3}|…)|(?:\.{3}|…)\W{0,3}$/u

/** The lines of each occurrence of the part that is to be reviewed; null when all of it is. */
const snippetPlaces = ({ source_code, code_snippet }: CodeReviewInput): Place[] | null => {
  if (code_snippet === undefined) return null
  const [code, snippet] = [linesOf(source_code ?? '').join('\n'), linesOf(code_snippet).join('\n')]
  const height = snippet.split('\n').length
  const places: Place[] = []
  let line = 1
  let counted = 0
  for (let at = code.indexOf(snippet); at !== -1; at = code.indexOf(snippet, at + snippet.length)) {
    for (; counted < at; counted++) if (code[counted] === '\n') line++
    places.push({ start: line, end: line + height - 1 })
  }
  return places
}

/** Whether a place meets one of these, which are in order and do not overlap by more than a line. */
const meetsOne = (places: readonly Place[], { start, end }: Place): boolean => {
  let [low, high] = [0, places.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((places[middle]?.end ?? 0) < start) low = middle + 1
    else high = middle
  }
  return (places[low]?.start ?? Number.POSITIVE_INFINITY) <= end
}

/** Prepares the files of a review. The returned function finds the lines of a quote, or says why there are none. */
export const createLocator = (input: CodeReviewInput, files: ReadonlyMap<string, ReviewedFile>) => {
  const snippets = snippetPlaces(input)
  const fileOf = (path: unknown): ReviewedFile | undefined => {
    if (input.source_code !== undefined) return files.get(sourceCodePath)
    return typeof path === 'string' ? (files.get(path) ?? files.get(path.trim().replace(/^(?:\.\/)+/, ''))) : undefined
  }
  return (said: { path: unknown; line: unknown; quote: string }): Located | DropReason => {
    if (codePoints(said.quote) > 2 * limits.quote) return 'too_long'
    const quote = withoutOuterBlanks(linesOf(said.quote))
    if ([...quote.join('').replace(/\s+/gu, '')].length < limits.quoteCharacters) return 'too_short'
    const file = fileOf(said.path)
    if (file === undefined) return 'unknown_path'
    const { places, indented } = file.find(quote)
    if (places.length === 0) return quote.some((line) => leavesOut.test(line.trim())) ? 'ellipsis' : 'ungrounded'
    const reviewed = snippets === null ? places : places.filter((place) => meetsOne(snippets, place))
    if (reviewed.length === 0) return 'outside_snippet'
    const line = numberOf(said.line)
    const place = choosePlace(reviewed, line, limits.drift)
    if (place === null) return 'ambiguous_location'
    const nth = places.findIndex(({ start }) => start === place.start)
    const own = file.lines.slice(place.start - 1, place.end)
    return { file, place, nth, corrected: line !== null && line !== place.start, quote: indented ? quote : own }
  }
}
