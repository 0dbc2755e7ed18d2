import { AccountId } from '@recto/shared/account-id'
import { AppError } from '@recto/shared/errors'
import type { Caller } from '../auth/verify-token.ts'

const invalid = (message: string) =>
  new AppError('invalid_request', undefined, { issues: [{ path: 'X-Recto-Account', message }] })

/**
 * The account that a request is about: the header X-Recto-Account, or what the body or query names, else the caller's own. Whether
 * the caller is a member is the database's to say.
 * @throws AppError invalid_request for a header that is no id, or is another one than the one named.
 */
export const resolveAccount = (caller: Caller, header: string | undefined, named: string | undefined): string => {
  if (header === undefined) return named ?? caller.userId
  const parsed = AccountId.safeParse(header)
  if (!parsed.success) throw invalid('must be the id of an account')
  if (named !== undefined && named !== parsed.data) throw invalid('must be the account_id that the request names')
  return parsed.data
}
