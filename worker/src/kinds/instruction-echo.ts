/** So many letters in a row of the instructions are no chance, whatever stands between the letters. */
const leakedLetters = 40
/** A shorter end of a text is not held back, although it could be the beginning of a leak. */
const fewestHeld = 12

/** The most UTF-16 units that are held back, most of which are no letters then. */
const mostHeld = 1_000

const letter = /\p{L}/u

/** The letters of a text, in lower case, each with its place. */
const lettersOf = (text: string): { letters: string; places: number[] } => {
  const places: number[] = []
  let letters = ''
  let at = 0
  for (const character of text) {
    const lower = character.toLowerCase()
    // A letter whose lower case has another length would move the places of those behind it.
    if (letter.test(character) && lower.length === character.length) {
      letters += lower
      for (let unit = 0; unit < lower.length; unit++) places.push(at + unit)
    }
    at += character.length
  }
  return { letters, places }
}

const runsOf = (letters: string): Set<string> =>
  new Set(
    Array.from({ length: Math.max(0, letters.length - leakedLetters + 1) }, (_, at) =>
      letters.slice(at, at + leakedLetters),
    ),
  )

/**
 * Lets a text through that arrives in pieces, until it repeats the instructions of its request: 40 letters in a row that
 * the input lacks. An end that could become such a run waits for what follows.
 */
export const createInstructionEcho = ({ instructions, input }: { instructions: string; input: string }) => {
  const known = lettersOf(instructions).letters
  const own = runsOf(lettersOf(input).letters)
  const runs = new Set([...runsOf(known)].filter((run) => !own.has(run)))
  /** The latest letters that were let through. */
  let before = ''
  let held = ''
  let isLeak = false

  /** How many letters at the end of `letters` are a run of the instructions. */
  const openRun = (letters: string): number => {
    for (let length = Math.min(leakedLetters - 1, letters.length); length >= fewestHeld; length--)
      if (known.includes(letters.slice(-length))) return length
    return 0
  }

  const hasRun = (letters: string): boolean => {
    for (let at = 0; at + leakedLetters <= letters.length; at++)
      if (runs.has(letters.slice(at, at + leakedLetters))) return true
    return false
  }

  return {
    isLeak: (): boolean => isLeak,
    push: (piece: string): string => {
      if (isLeak || runs.size === 0) return isLeak ? '' : piece
      const text = held + piece
      const { letters, places } = lettersOf(text)
      isLeak = hasRun(before + letters)
      if (isLeak) return ''
      const open = Math.min(openRun(before + letters), letters.length)
      const begin = open === 0 ? text.length : (places[letters.length - open] ?? text.length)
      const end = Math.max(begin, text.length - mostHeld)
      const after = places.findIndex((place) => place >= end)
      before = (before + (after === -1 ? letters : letters.slice(0, after))).slice(-leakedLetters)
      held = text.slice(end)
      return text.slice(0, end)
    },
    end: (): string => (isLeak ? '' : held),
  }
}

/** Whether a text repeats the instructions. */
export const echoesInstructions = (text: string, parts: { instructions: string; input: string }): boolean => {
  const echo = createInstructionEcho(parts)
  echo.push(text)
  return echo.isLeak()
}
