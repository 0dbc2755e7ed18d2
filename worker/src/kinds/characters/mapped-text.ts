/** A text of which UTF-16 unit i was made from `source.slice(starts[i], ends[i])`. */
export type MappedText = { text: string; starts: Uint32Array; ends: Uint32Array }

/**
 * Builds a mapped text unit by unit. Typed arrays take a fifth of the time of strings and arrays that grow by one.
 * `expectedLength` is in UTF-16 units; the text may become longer.
 */
export const createMappedText = (expectedLength: number) => {
  let units = new Uint16Array(expectedLength + 1)
  let starts = new Uint32Array(expectedLength + 1)
  let ends = new Uint32Array(expectedLength + 1)
  let length = 0

  const grow = () => {
    const [oldUnits, oldStarts, oldEnds] = [units, starts, ends]
    units = new Uint16Array(2 * length)
    starts = new Uint32Array(2 * length)
    ends = new Uint32Array(2 * length)
    units.set(oldUnits)
    starts.set(oldStarts)
    ends.set(oldEnds)
  }

  return {
    isEmpty: () => length === 0,
    add: (unit: number, start: number, end: number): void => {
      if (length === units.length) grow()
      units[length] = unit
      starts[length] = start
      ends[length] = end
      length++
    },
    finish: (): MappedText => ({
      text: Buffer.from(units.buffer, 0, 2 * length).toString('utf16le'),
      starts: starts.subarray(0, length),
      ends: ends.subarray(0, length),
    }),
  }
}
