/** A text in normal form; unit i of it (UTF-16) was made from `source.slice(starts[i], ends[i])`. */
export type Normalised = { text: string; starts: number[]; ends: number[] }

// Soft hyphen, zero width, bidi controls, variation selectors: nobody sees them, and models drop them.
const invisible = String.raw`\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff`
const invisibles = new RegExp(`[${invisible}]+`, 'gu')
const variation = /[\ufe00-\ufe0f]/

// What composes with the character before it under NFC: marks, Hangul vowels and finals, half-width voicing marks.
const composing = String.raw`\p{M}\u1160-\u11ff\ud7b0-\ud7fb\uff9e\uff9f\u{16d67}`
const character = new RegExp(`.[${composing}${invisible}]*`, 'suy')

const isSpace = (code: number): boolean =>
  code === 0x20 ||
  (code >= 0x09 && code <= 0x0d) ||
  code === 0x85 ||
  code === 0x1680 ||
  code === 0x2028 ||
  code === 0x2029
const isMark = (code: number): boolean =>
  code === 0x2a || code === 0x5f || code === 0x60 || code === 0x3e || code === 0x23 // * _ ` > #

// Letters that begin a character for certain: before one of them (or the end) the costly pattern is not needed.
const begins = (code: number): boolean =>
  (code < 0x300 && code !== 0xad) ||
  (code >= 0x400 && code <= 0x482) ||
  (code >= 0x621 && code <= 0x64a) ||
  (code >= 0x3041 && code <= 0x3096) ||
  (code >= 0x30a1 && code <= 0x30fa) ||
  (code >= 0x4e00 && code <= 0x9fff) ||
  (code >= 0xac00 && code <= 0xd7a3)

// Where a character ends for a slice: with its variation selector, without what else is invisible behind it.
const visibleLength = (piece: string): number => {
  for (let end = piece.length; end > 1; end--) {
    const last = piece.charAt(end - 1)
    if (variation.test(last) || last.search(invisibles) === -1) return end
  }
  return 1
}

const fold = (piece: string): string =>
  piece
    .replace(invisibles, '')
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[\u2018-\u201b]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u2010-\u2015\u2212]/g, '-')

/**
 * The form in which quotes are compared: NFKC and lower case per character, plain quotes and hyphens, no invisible
 * characters, single spaces, none at the ends; `withoutMarks` leaves out Markdown's as well. Keeps the way back.
 */
export const normaliseWithMap = (source: string, withoutMarks = false): Normalised => {
  const starts: number[] = []
  const ends: number[] = []
  const folded = new Map<string, string>()
  let text = ''
  let space: { start: number; end: number } | null = null

  for (let at = 0; at < source.length; ) {
    const code = source.charCodeAt(at)
    const alone = (code < 0xd800 || code > 0xdfff) && (at + 1 === source.length || begins(source.charCodeAt(at + 1)))
    character.lastIndex = at
    const piece = alone ? source.charAt(at) : (character.exec(source)?.[0] ?? source.charAt(at))
    const form = alone && code < 0x80 ? piece.toLowerCase() : (folded.get(piece) ?? fold(piece))
    if (code >= 0x80 || !alone) folded.set(piece, form)
    const end = at + (alone ? 1 : visibleLength(piece))
    for (let i = 0; i < form.length; i++) {
      const unit = form.charCodeAt(i)
      if (isSpace(unit)) space ??= { start: at, end }
      else if (!withoutMarks || !isMark(unit)) {
        if (space !== null && text !== '') {
          text += ' '
          starts.push(space.start)
          ends.push(space.end)
        }
        space = null
        text += form.charAt(i)
        starts.push(at)
        ends.push(end)
      }
    }
    at += piece.length
  }
  return { text, starts, ends }
}

/** As `normaliseWithMap`, the text alone. */
export const normalise = (text: string): string => normaliseWithMap(text).text
