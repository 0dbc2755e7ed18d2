import { isAscii } from './ascii.ts'
import { marksInARow } from './cut-long-runs.ts'
import { createMappedText, type MappedText } from './mapped-text.ts'
import { withoutPoints } from './points.ts'
import { hasUnspaced, isIdleSpace } from './unspaced.ts'

// Soft hyphen, zero-width characters, bidi controls and variation selectors: models often leave them out of a quote.
const invisible = String.raw`\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff`
const invisibleRun = new RegExp(`[${invisible}]+`, 'gu')
const variationSelector = /[\ufe00-\ufe0f]/

// Characters that NFC composes with the one before: marks, Hangul vowels and finals, half-width voicing marks.
const composing = String.raw`\p{M}\u1160-\u11ff\ud7b0-\ud7fb\uff9e\uff9f\u{16d67}`
// A longer run is several characters: to normalise one character takes quadratic time.
const character = new RegExp(`.[${composing}${invisible}]{0,${marksInARow}}`, 'suy')

const asciiSpaces = /[\t-\r ]+/g
const isSpace = (code: number): boolean =>
  code === 0x20 ||
  (code >= 0x09 && code <= 0x0d) ||
  code === 0x85 ||
  code === 0x1680 ||
  code === 0x2028 ||
  code === 0x2029
// Whether a UTF-16 unit certainly begins a new character, so that the slower pattern `character` is not needed.
const beginsCharacter = (code: number): boolean =>
  (code < 0x300 && code !== 0xad) ||
  (code >= 0x400 && code <= 0x482) ||
  (code >= 0x621 && code <= 0x64a) ||
  (code >= 0x3041 && code <= 0x3096) ||
  (code >= 0x30a1 && code <= 0x30fa) ||
  (code >= 0x4e00 && code <= 0x9fff) ||
  (code >= 0xac00 && code <= 0xd7a3)

// The length of a character for a slice: with its variation selector, without other invisible characters at its end.
const visibleLength = (piece: string): number => {
  for (let end = piece.length; end > 1; end--) {
    const last = piece.charAt(end - 1)
    if (variationSelector.test(last) || last.search(invisibleRun) === -1) return end
  }
  return 1
}

const normaliseCharacter = (piece: string): string =>
  piece
    .replace(invisibleRun, '')
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[\u2018-\u201b\u05f3]/g, "'")
    .replace(/[\u201c-\u201f\u05f4]/g, '"')
    .replace(/[\u2010-\u2015\u2212\u05be]/g, '-')

/**
 * Normalises a text for comparison: NFKC and lower case per character, ASCII quotes and hyphens, single spaces where
 * they separate words, none at the ends, no invisible characters, and no vowel points if `pointless`. Maps each unit
 * back to the source.
 */
export const normaliseWithMap = (source: string, pointless = false): MappedText => {
  const mapped = createMappedText(source.length)
  const forms = new Map<string, string>()
  const mayBeIdle = hasUnspaced(source)
  // White space that is not added yet, because text may follow or not; -1 when there is none.
  let [spaceStart, spaceEnd] = [-1, -1]

  const isIdle = (next: number): boolean =>
    mayBeIdle && isIdleSpace(source.slice(Math.max(0, spaceStart - 4), spaceStart), source.slice(next, next + 2))
  const add = (unit: number, start: number, end: number) => {
    if (isSpace(unit)) {
      if (spaceStart === -1) [spaceStart, spaceEnd] = [start, end]
      return
    }
    if (spaceStart !== -1 && !mapped.isEmpty() && !isIdle(start)) mapped.add(0x20, spaceStart, spaceEnd)
    spaceStart = -1
    mapped.add(unit, start, end)
  }
  for (let at = 0; at < source.length; ) {
    const code = source.charCodeAt(at)
    const isSingle =
      (code < 0xd800 || code > 0xdfff) && (at + 1 === source.length || beginsCharacter(source.charCodeAt(at + 1)))
    if (isSingle && code < 0x80) {
      add(code >= 0x41 && code <= 0x5a ? code + 0x20 : code, at, ++at)
      continue
    }
    character.lastIndex = at
    const piece = isSingle ? source.charAt(at) : (character.exec(source)?.[0] ?? source.charAt(at))
    let form = forms.get(piece)
    if (form === undefined) {
      form = pointless ? withoutPoints(normaliseCharacter(piece)) : normaliseCharacter(piece)
      forms.set(piece, form)
    }
    const end = at + (isSingle ? 1 : visibleLength(piece))
    for (let i = 0; i < form.length; i++) add(form.charCodeAt(i), at, end)
    at += piece.length
  }
  return mapped.finish()
}

/** Normalises a text as `normaliseWithMap` does, without the map to the source. */
export const normalise = (text: string): string =>
  isAscii(text) ? text.toLowerCase().replace(asciiSpaces, ' ').trim() : normaliseWithMap(text).text
