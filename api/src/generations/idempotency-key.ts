import { AppError } from '@recto/shared/errors'

const invalid = (message: string) =>
  new AppError('invalid_request', undefined, { issues: [{ path: 'Idempotency-Key', message }] })

/**
 * The value of the header Idempotency-Key; undefined when it is absent. Node.js and proxies join headers of the same name
 * with commas, so a comma separates keys. A key that was sent several times counts once.
 * @throws AppError invalid_request when it is no valid key, or several keys
 */
export const idempotencyKeyOf = (header: string | undefined): string | undefined => {
  if (header === undefined) return undefined
  const [key = '', ...others] = header.split(',').map((part) => part.trim())
  if (others.some((other) => other !== key)) throw invalid('must be one key, without a comma')
  if (!/^[ -~]{8,200}$/.test(key)) throw invalid('must have 8 to 200 printable ASCII characters')
  return key
}
