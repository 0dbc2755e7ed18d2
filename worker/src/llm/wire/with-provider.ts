const isObject = (value: unknown): value is object => value !== null && typeof value === 'object'

/**
 * An error with the upstream that an aggregator names beside it, in the frame or the body around it: whose rate limit was
 * reached depends on that. Without such a name, or with one of its own, the error itself.
 */
export const withProvider = (error: unknown, around: unknown): unknown => {
  if (around === error || (isObject(error) && 'provider' in error)) return error
  return isObject(around) && 'provider' in around && around.provider ? { error, provider: around.provider } : error
}
