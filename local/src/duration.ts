const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

/**
 * Reads a duration such as `90s`, `15m`, `1h` or `7d`, in seconds.
 * @throws Error on any other text
 */
export const parseDuration = (duration: string): number => {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(duration) ?? []
  if (amount === undefined || unit === undefined) throw new Error(`not a duration: ${duration} (90s, 15m, 1h, 7d)`)
  return Number(amount) * (units[unit] ?? 1)
}
