import { AccountId } from '@recto/shared/account-id'
import { AppError } from '@recto/shared/errors'
import type { Caller } from '../auth/verify-token.ts'

const invalid = (message: string) =>
  new AppError('invalid_request', undefined, { issues: [{ path: 'X-Recto-Account', message }] })

/**
 * The account of a request: the one that the header X-Recto-Account or the body or query (`named`) names, else the
 * caller's own. The database decides whether the caller is a member of it.
 * @throws AppError invalid_request when the header is no id, or another id than `named`
 */
export const resolveAccount = (caller: Caller, header: string | undefined, named: string | undefined): string => {
  if (header === undefined) return named ?? caller.userId
  const parsed = AccountId.safeParse(header)
  if (!parsed.success) throw invalid('must be the id of an account')
  if (named !== undefined && named !== parsed.data) throw invalid('must be the account_id that the request names')
  return parsed.data
}
