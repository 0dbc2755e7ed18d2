import type { MappedText } from './mapped-text.ts'

const arabicAndHebrew =
  '\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u064b-\\u0652\\u0656-\\u065f\\u0670' +
  '\\u06d6-\\u06dc\\u06df-\\u06e8\\u06ea-\\u06ed'
const points = new RegExp(`[${arabicAndHebrew}]|(?<=[аеёиоуыэюяіїє])\\u0301`, 'gu')
const lengthening = /\u0640/g

/**
 * Removes what most texts leave out from a normalised text: the vowel points of Arabic and Hebrew, cantillation, the
 * stress of Russian and Ukrainian, and the lengthening of Arabic letters.
 */
export const withoutPoints = (text: string): string => text.replace(points, '').replace(lengthening, '')

/** Returns the points of a text, which need not be normalised. */
export const pointsOf = (text: string): string => (text.toLowerCase().normalize('NFKD').match(points) ?? []).join('')

/** Returns for each unit of a normalised text the points of the characters that it stands for. */
export const pointsByUnit = (source: string, { starts, ends }: MappedText): string[] => {
  const known = new Map<string, string>()
  return Array.from(starts, (start, unit) => {
    const piece = source.slice(start, ends[unit])
    const itsPoints = known.get(piece) ?? pointsOf(piece)
    known.set(piece, itsPoints)
    return itsPoints
  })
}

/** Whether a source has the points of a quote, from a unit of its own on. Others make another word: wrote, was written. */
export const hasPoints = (source: string[], from: number, quote: string[]): boolean =>
  quote.every((points, unit) => points === '' || [...points].every((point) => source[from + unit]?.includes(point)))
