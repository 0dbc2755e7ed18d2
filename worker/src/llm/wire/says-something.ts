/** Texts by which servers fill an error field although nothing failed: words, and success codes. */
const noError = /^(null|none|nil|undefined|false|ok|success|no[ _-]?error|\{\}|\[\]|0|2\d\d)?$/i

/** No error of a provider is nested deeper. */
const maxDepth = 6

const isSuccessCode = (code: number): boolean => code === 0 || (code >= 200 && code <= 299)

/**
 * Whether an error value reports a failure: `{}`, `{message: '', code: null}`, `"none"` and `{code: 200, message: 'OK'}`
 * do not.
 */
export const saysSomething = (error: unknown, depth = 0): boolean => {
  if (typeof error === 'string') return !noError.test(error.trim())
  if (typeof error === 'number') return !isSuccessCode(error)
  if (error === null || typeof error !== 'object') return error === true
  if (depth > maxDepth) return true
  return Object.values(error).some((value) => saysSomething(value, depth + 1))
}
