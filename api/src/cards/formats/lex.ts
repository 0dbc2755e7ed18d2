/** A record may have this many characters, so that a quote that is never closed takes up no more memory. */
const MAX_RECORD = 200_000

/** What begins in `line` (counted from 1): a record, a comment, or what makes the rest of the file unreadable. */
export type Lexed =
  | { line: number; kind: 'record'; cells: string[] }
  | { line: number; kind: 'comment'; text: string }
  | { line: number; kind: 'fault'; message: string }

/**
 * Reads separated cells from text that arrives in pieces. A cell in quotes may contain separators, line breaks and
 * doubled quotes. A line ends with LF, CRLF or CR; an empty one is skipped. After a fault nothing is read any more.
 *
 * The first of `candidates` outside quotes is the separator of the whole file. With `comments`, a line that begins with
 * # is one.
 */
export const createLexer = (candidates: string, comments: boolean) => {
  let separators = candidates
  let state: 'start' | 'plain' | 'quoted' | 'closing' | 'comment' | 'broken' = 'start'
  let cells: string[] = []
  let cell = ''
  let size = 0
  let line = 1
  let firstLine = 1
  let previous = ''

  const endCell = () => {
    cells.push(cell)
    cell = ''
    state = 'start'
  }

  const fault = (message: string): Lexed => {
    state = 'broken'
    return { line: firstLine, kind: 'fault', message }
  }

  const endRecord = (): Lexed | null => {
    const begun = { line: firstLine }
    const comment = state === 'comment'
    const empty = state === 'start' && cells.length === 0
    endCell()
    const read = cells
    cells = []
    size = 0
    firstLine = line
    if (empty) return null
    return comment ? { ...begun, kind: 'comment', text: read[0] ?? '' } : { ...begun, kind: 'record', cells: read }
  }

  /** Takes the next character, which is no line break unless it stands in quotes. */
  const take = (character: string): Lexed | null => {
    size += 1
    if (size > MAX_RECORD) return fault(`is longer than ${MAX_RECORD} characters, or a quote is not closed`)
    if (state === 'quoted' && character === '"') state = 'closing'
    else if (state === 'quoted' || state === 'comment') cell += character
    else if (state === 'closing' && character === '"') {
      cell += character
      state = 'quoted'
    } else if (separators.includes(character)) {
      separators = character
      endCell()
    } else if (state === 'closing') return fault('has text behind a closing quote')
    else if (state === 'start' && character === '"') state = 'quoted'
    else if (state === 'start' && character === '#' && comments && cells.length === 0) state = 'comment'
    else {
      cell += character
      state = 'plain'
    }
    return null
  }

  return {
    /** Sets the separator, as a header says. */
    separate: (separator: string) => {
      separators = separator
    },

    /** The line that is being read. */
    line: () => line,

    /** The records that end in this piece of text. */
    *push(text: string): Generator<Lexed> {
      for (const character of text) {
        if (state === 'broken') return
        const second = character === '\n' && previous === '\r'
        const lineBreak = character === '\n' || character === '\r'
        previous = character
        if (lineBreak && !second) line += 1
        if (second && state !== 'quoted') continue
        const found = lineBreak && state !== 'quoted' ? endRecord() : take(character)
        if (found) yield found
      }
    },

    /** The record that ends with the file. */
    *end(): Generator<Lexed> {
      if (state === 'broken') return
      const found = state === 'quoted' ? fault('has a quote that is not closed') : endRecord()
      if (found) yield found
    },
  }
}
