/** The middle value, or the mean of the two middle values. @throws RangeError when there are no values */
export const median = (values: readonly number[]): number =>
  (percentile(values, 0.5) + percentile(values, 0.5, true)) / 2

/** The value at the share `p` of the sorted values, by nearest rank. @throws RangeError when there are no values */
export const percentile = (values: readonly number[], p: number, fromAbove = false): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = fromAbove ? Math.floor(sorted.length * p) : Math.ceil(sorted.length * p) - 1
  const value = sorted[Math.max(0, Math.min(sorted.length - 1, rank))]
  if (value === undefined) throw new RangeError('there is nothing to take a percentile of')
  return value
}

const groups = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

export const perSecond = (rate: number): string => `${rate < 10 ? rate.toFixed(1) : groups.format(rate)}/s`
export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`
export const megabytes = (bytes: number): string => `${groups.format(bytes / 1024 / 1024)} MB`
export const times = (ratio: number): string => (ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0))
