import type { TextInput, TextOptions } from '@recto/shared/kinds/text/text'
import { cutLongRuns } from '../characters/cut-long-runs.ts'
import type { GateInput, GrownText, TextGate } from '../kind.ts'
import { checksOf, type DropReason } from './gate.ts'
import { firstBoundary, lastBoundary } from './pieces.ts'

// In UTF-16 units.
/** So much of a text tells a refusal from texts that begin alike. */
const opening = 80
/** Less is not checked by itself. */
const leastNew = 24
/** The most that is checked at once: some checks take quadratic time for a run of letters. */
const mostNew = 1200
/** At least so much of what was shown is checked again with what follows, for what a cut would divide. */
const context = 400
/** So much of the beginning is judged as a whole: a longer text is no refusal, and its language is known. */
const beginning = 1000

/** The checks of the beginning, and one whose outcome nobody is harmed by: that of the number of words. */
const notOfParts: readonly DropReason[] = ['too_long', 'refusal', 'wrong_language']

const nothing: GrownText = { restarted: false, text: '' }

/**
 * The gate of a text that arrives in pieces. It shows what ends between two words and passes the checks of a whole text,
 * so nothing is shown of a link, secret or leak that the whole text would be dropped for. Once a check fails, nothing more
 * is shown: the whole text is judged in the end.
 */
export const openTextGate = (answered: Omit<GateInput<TextInput, TextOptions>, 'elements'>): TextGate => {
  const checks = checksOf(answered)
  const harms = checks.filter(({ reason }) => !notOfParts.includes(reason))
  const fails = (reason: DropReason, text: string): boolean =>
    checks.some((check) => check.reason === reason && check.holds(text))
  /** The first and the last part of what was shown. */
  let begin = ''
  let recent = ''
  let held = ''
  /** Up to here, what is held has no place for a cut. */
  let searched = 0
  let isClosed = false

  /** Where what is held can be cut; 0 when too little of it can be shown. */
  const cut = (): number => {
    const limit = Math.min(held.length, mostNew)
    const end = lastBoundary(held, searched, limit) ?? 0
    if (end === 0) searched = limit
    if (end >= (begin === '' ? opening : leastNew)) return end
    // One word without an end, or white space.
    isClosed = limit === mostNew
    return 0
  }

  const isRefusal = (whole: string): boolean => whole.length < beginning && fails('refusal', whole)

  const isAllowed = (text: string): boolean => {
    if (!text.isWellFormed() || text.includes('\u0000')) return false
    if (begin.length < beginning && fails('wrong_language', (begin + text).slice(0, beginning))) return false
    const judged = cutLongRuns(recent + text)
    return !harms.some((check) => check.holds(judged))
  }

  const show = (text: string): GrownText => {
    held = held.slice(text.length)
    searched = 0
    begin = (begin + text).slice(0, beginning)
    recent += text
    const cutAt = recent.length - context
    if (cutAt > context) recent = recent.slice(firstBoundary(recent, cutAt, recent.length) ?? cutAt)
    return { restarted: false, text }
  }

  return {
    push: (piece) => {
      if (isClosed) return nothing
      held += piece
      if (begin === '') {
        held = held.trimStart()
        // A code fence around all of a text is no part of it.
        isClosed = held.startsWith('`')
      }
      const end = isClosed ? 0 : cut()
      // White space may turn out to be the end of the text, which has none there.
      const text = held.slice(0, end).trimEnd()
      // A text that begins like a refusal may still go on.
      if (text === '' || isRefusal(begin + text)) return nothing
      isClosed = !isAllowed(text)
      return isClosed ? nothing : show(text)
    },
  }
}
