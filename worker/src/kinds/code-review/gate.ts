import { findingCategories, findingLevels } from '@recto/shared/kinds/code-review/finding'
import { type CodeReviewInput, type CodeReviewOptions, filesOf } from '@recto/shared/kinds/code-review/input'
import { codePoints } from '@recto/shared/text'
import { z } from 'zod'
import { createTurn } from '../../turn.ts'
import { delimiterOf } from '../delimiter.ts'
import { createInvisibleCharacterCheck } from '../disallowed-content/invisible-characters.ts'
import type { Gated, GateInput } from '../kind.ts'
import { namesUnknown, saysMissing, wordsOf } from './claims.ts'
import { changedLines } from './diff.ts'
import type { DropReason, Flag, GatedFinding, Review } from './finding.ts'
import { fingerprint } from './fingerprint.ts'
import { createLinkCheck } from './foreign.ts'
import { limits } from './limits.ts'
import { linesOf } from './lines.ts'
import { createLocator, type ReviewedFile } from './locate.ts'
import { createPlaceFinder } from './places.ts'
import { shorten } from './shorten.ts'
import { usableReplacement } from './suggestion.ts'
import { findBroken } from './syntax/find-broken.ts'

const Written = z.string().refine((text) => text.isWellFormed() && !text.includes('\u0000'))
const Text = Written.transform((text) => text.trim()).pipe(z.string().min(1))
/** Models write `Error handling` for `error_handling`. */
const Word = z.string().transform((word) =>
  word
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_'),
)
const Shape = z.object({
  path: z.unknown(),
  line: z.unknown(),
  quote: Written,
  category: Word.pipe(z.enum(findingCategories)),
  level: Word.pipe(z.enum(findingLevels)),
  title: Text.transform((title) => title.replace(/\s+/g, ' ')),
  message: Text,
  replacement: Written.nullish(),
})
const Summary = z.strictObject({ summary: Written })

type Answered = Omit<GateInput<CodeReviewInput, CodeReviewOptions>, 'elements'>

/** A finding whose suggestion may still turn out to break its file. `flagsWith`: its flags with what is left of it. */
type Draft = {
  finding: Omit<GatedFinding, 'flags'>
  file: ReviewedFile
  flagsWith(replacement: string | null): Flag[]
}
type Verdict = Draft | DropReason | 'surplus'

const textsOf = ({ source_code, code_snippet: _, files, ...others }: CodeReviewInput): string[] =>
  [source_code, ...(files ?? []).map(({ content }) => content), others.diff, others.instructions].filter(
    (text) => text !== undefined,
  )

/** Prepares the gate for the findings of one answer. The event loop gets its turn between the steps of the preparation. */
const openGate = async ({ input, options, request }: Answered) => {
  const turn = createTurn()
  const files = new Map<string, ReviewedFile>()
  for (const { path, content } of filesOf(input)) {
    const lines = linesOf(content)
    files.set(path, { path, lines, find: createPlaceFinder(lines) })
    await turn()
  }
  const texts = textsOf(input)
  const words = wordsOf(texts)
  await turn()
  const hasForeignLink = createLinkCheck(texts)
  const hasUnseen = createInvisibleCharacterCheck(texts.join('\n'))
  const delimiter = delimiterOf(request)
  const locate = createLocator(input, files)
  await turn()
  const changed = input.diff === undefined ? null : changedLines(input.diff)
  const wanted = options.max_findings ?? limits.findings.default
  const seen = new Set<string>()
  let kept = 0

  const disallowed = (text: string): DropReason | null => {
    if (delimiter !== null && text.includes(delimiter)) return 'leaks_prompt'
    if (hasForeignLink(text)) return 'foreign_link'
    return hasUnseen(text) ? 'foreign_character' : null
  }
  const isOutsideDiff = (path: string, start: number, end: number): boolean => {
    if (changed === null) return false
    const numbers = changed.get(path) ?? changed.get('')
    for (let line = start; line <= end; line++) if (numbers?.has(line)) return false
    return true
  }

  const judge = (element: unknown): Verdict => {
    const shape = Shape.safeParse(element)
    if (!shape.success) return 'invalid_shape'
    const { category, level, ...written } = shape.data
    const located = locate(written)
    if (typeof located === 'string') return located
    const { file, place, quote, nth } = located
    const own = file.lines.slice(place.start - 1, place.end)
    const text = own.join('\n')
    if (codePoints(text) > limits.quote) return 'too_long'
    const [title, message] = [shorten(written.title, limits.title), shorten(written.message, limits.message)]
    const said = `${title}\n${message}`
    const reason = disallowed(said)
    if (reason !== null) return reason
    const mark = fingerprint(file.path, category, own, nth)
    if (seen.has(mark)) return 'duplicate'
    seen.add(mark)
    if (kept >= wanted) return 'surplus'
    const usable = written.replacement ? usableReplacement(written.replacement, file, place, quote) : null
    const replacement = usable !== null && disallowed(usable) === null ? usable : null
    const checksWith = (left: string | null): [Flag, boolean][] => [
      ['line_corrected', located.corrected],
      ['unknown_identifier', namesUnknown(said, words, left)],
      ['maybe_present', saysMissing(said, file.lines, place)],
      ['outside_diff', isOutsideDiff(file.path, place.start, place.end)],
      ['shortened', title !== written.title || message !== written.message],
      ['suggestion_removed', left === null && (written.replacement ?? '').trim() !== ''],
    ]
    const finding = {
      ...{ position: ++kept, path: file.path, start_line: place.start, end_line: place.end, quote: text },
      ...{ category, level, title, message, replacement, fingerprint: mark },
    }
    return { finding, file, flagsWith: (left) => checksWith(left).flatMap(([flag, holds]) => (holds ? [flag] : [])) }
  }
  const summaryOf = (summary: string): string => {
    const text = shorten(summary.trim(), limits.summary)
    return disallowed(text) === null ? text : ''
  }
  return { judge, summaryOf, most: wanted + limits.spareFindings + limits.spareElements }
}

/** Removes the suggestions that break their files, and flags the findings. */
const finish = async (drafts: readonly Draft[]): Promise<GatedFinding[]> => {
  const broken = await findBroken(
    drafts.flatMap(({ finding: { replacement, ...finding }, file }) => {
      const place = { start: finding.start_line, end: finding.end_line }
      return replacement === null ? [] : [{ key: finding.position, file, place, replacement }]
    }),
  )
  const turn = createTurn()
  const findings: GatedFinding[] = []
  for (const { finding, flagsWith } of drafts) {
    await turn()
    const replacement = broken.has(finding.position) ? null : finding.replacement
    findings.push({ ...finding, replacement, flags: flagsWith(replacement) })
  }
  return findings
}

/**
 * Keeps the findings that the files prove, the first `max_findings` of them in their order, and counts the others. The
 * element with the summary is none. The event loop gets its turn between the findings.
 */
export const gate = async ({
  elements,
  ...answered
}: GateInput<CodeReviewInput, CodeReviewOptions>): Promise<Gated<Review>> => {
  const turn = createTurn()
  const { judge, summaryOf, most } = await openGate(answered)
  const dropped: Partial<Record<DropReason, number>> = {}
  const drop = (reason: DropReason, count: number) => {
    dropped[reason] = (dropped[reason] ?? 0) + count
  }
  const summary = Summary.safeParse(elements[0]).data?.summary
  const said = summary === undefined ? elements : elements.slice(1)
  const judged = said.slice(0, most)
  if (judged.length < said.length) drop('too_many', said.length - judged.length)
  const drafts: Draft[] = []
  let surplus = 0
  for (const element of judged) {
    await turn()
    const verdict = judge(element)
    if (verdict === 'surplus') surplus++
    else if (typeof verdict === 'string') drop(verdict, 1)
    else drafts.push(verdict)
  }
  return { result: { summary: summaryOf(summary ?? ''), findings: await finish(drafts) }, dropped, surplus }
}
