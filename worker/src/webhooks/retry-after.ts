/**
 * The wait in whole seconds that a `retry-after` header asks for, as seconds or as a date of HTTP; null for anything
 * else. `now`: epoch milliseconds.
 */
export const retryAfterSeconds = (header: string | undefined, now: number): number | null => {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text)
  const date = /^[A-Z][a-z]{2,8}, .{1,40}GMT$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000))
}
