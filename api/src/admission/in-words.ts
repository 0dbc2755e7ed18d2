/** A count with its noun: "1 generation", "5 generations". */
export const countInWords = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

const units: [seconds: number, noun: string][] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]

/** A duration of whole seconds for people, in at most two units and rounded up: "14 hours 48 minutes". */
export const durationInWords = (seconds: number): string => {
  const largest = units.findIndex(([size]) => seconds >= size || size === 1)
  const [size, noun] = units[largest] ?? [1, 'second']
  const [smallerSize, smallerNoun] = units[largest + 1] ?? [1, 'second']
  const rounded = Math.ceil(seconds / smallerSize) * smallerSize
  const rest = (rounded % size) / smallerSize
  return countInWords(Math.floor(rounded / size), noun) + (rest > 0 ? ` ${countInWords(rest, smallerNoun)}` : '')
}
