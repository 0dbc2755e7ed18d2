import { AppError } from '@recto/shared/errors'

/**
 * The value of the header Idempotency-Key; undefined when it is absent.
 * @throws AppError invalid_request when it is no valid key
 */
export const idempotencyKeyOf = (header: string | undefined): string | undefined => {
  if (header === undefined || /^[ -~]{8,200}$/.test(header)) return header
  throw new AppError('invalid_request', undefined, {
    issues: [{ path: 'Idempotency-Key', message: 'must have 8 to 200 printable ASCII characters' }],
  })
}
