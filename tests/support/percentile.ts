/** The number below which a share (0 to 1) of the numbers lies. */
export const percentile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(share * numbers.length)] ?? Number.NaN
