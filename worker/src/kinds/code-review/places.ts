import { comparable, indentOf, withoutOuterBlanks } from './lines.ts'
import { positionsOf } from './sequence.ts'

/** Lines of a file, from 1, both inclusive. */
export type Place = { start: number; end: number }

/** All places of a quote. `indented`: only the indentation that its lines have in common differs from the file's. */
export type Places = { places: Place[]; indented: boolean }

/** Lines as words: `heads` are compared with the first line of a quote, `rest` with the others. */
type Words = { heads: string[]; rest: string[] }

const exactly = (lines: readonly string[]): Words => {
  const words = lines.map(comparable)
  return { heads: words, rest: words }
}

const columnsOf = (indent: string, tab: number): number => {
  let columns = 0
  for (const sign of indent) columns += sign === '\t' ? tab - (columns % tab) : 1
  return columns
}

/** Each line with its indentation relative to the line before it that is not blank. */
const relatively =
  (tab: number) =>
  (lines: readonly string[]): Words => {
    const heads = lines.map((line) => comparable(line).trimStart())
    let before = 0
    const rest = heads.map((head, n) => {
      if (head === '') return ''
      const columns = columnsOf(indentOf(lines[n] ?? ''), tab)
      const word = `${columns - before} ${head}`
      before = columns
      return word
    })
    return { heads, rest }
  }

/** Numbers the words of a file once. The returned function finds the places of lines in it. */
const createSearch = (lines: readonly string[], wordsOf: (lines: readonly string[]) => Words) => {
  const numbers = new Map<string, number>()
  const numberOf = (word: string): number => {
    const number = numbers.get(word) ?? numbers.size
    numbers.set(word, number)
    return number
  }
  const file = wordsOf(lines)
  const [heads, rest] = [file.heads.map(numberOf), file.rest.map(numberOf)]
  return (quote: readonly string[]): Place[] => {
    const words = wordsOf(quote)
    const head = numbers.get(words.heads[0] ?? '') ?? -1
    const sought = words.rest.slice(1).map((word) => numbers.get(word) ?? -1)
    const starts =
      sought.length === 0 ? heads.map((_, n) => n) : positionsOf(sought, rest).map((position) => position - 1)
    return starts
      .filter((start) => start >= 0 && heads[start] === head)
      .map((start) => ({ start: start + 1, end: start + quote.length }))
  }
}

const numbered = /^\s*\d{1,6}\| ?/
const added = /^\+/

/** A quote as it may be meant: as it is, without the numbers of the prompt, without the marks of a diff. */
const readingsOf = (quote: readonly string[]): string[][] => {
  const filled = quote.filter((line) => line.trim() !== '')
  const without = (mark: RegExp) =>
    filled.every((line) => mark.test(line)) ? [quote.map((line) => line.replace(mark, ''))] : []
  return [[...quote], ...without(numbered), ...without(added)].map(withoutOuterBlanks)
}

const tabs = [4, 8, 2]

/**
 * Prepares a file once. The returned function finds all places at which a quote stands as whole lines: exactly but for
 * trailing blanks, or else but for common indentation. Its time is proportional to file and quote.
 */
export const createPlaceFinder = (lines: readonly string[]): ((quote: readonly string[]) => Places) => {
  const findExact = createSearch(lines, exactly)
  const byTab = new Map<number, ReturnType<typeof createSearch>>()
  const findIndented = (tab: number) => {
    const known = byTab.get(tab) ?? createSearch(lines, relatively(tab))
    byTab.set(tab, known)
    return known
  }
  return (quote) => {
    const readings = readingsOf(quote).filter((reading) => reading.length > 0)
    for (const reading of readings) {
      const places = findExact(reading)
      if (places.length > 0) return { places, indented: false }
    }
    for (const reading of readings)
      for (const tab of tabs) {
        const places = findIndented(tab)(reading)
        if (places.length > 0) return { places, indented: true }
      }
    return { places: [], indented: false }
  }
}

/**
 * Which of several places is meant by a line number: the only one, or the only one whose first line is at most `drift`
 * lines away. Null when the number does not tell.
 */
export const choosePlace = (places: readonly Place[], line: number | null, drift: number): Place | null => {
  if (places.length === 1) return places[0] ?? null
  if (line === null) return null
  const near = places.filter(({ start }) => Math.abs(start - line) <= drift)
  return near.length === 1 ? (near[0] ?? null) : null
}
