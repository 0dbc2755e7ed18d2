import type { Admission } from './admission/admission.ts'
import type { Caller } from './auth/verify-token.ts'
import type { HttpEnv } from './http/env.ts'

/** The variables that middleware sets for handlers. */
export type ApiEnv = {
  Variables: HttpEnv['Variables'] & {
    caller?: Caller
    /** The account that the request is about. */
    account?: string
    /** What the database said about the account when it admitted the request. */
    admission?: Admission
  }
}

/** The variables behind `authenticate`. */
export type CallerEnv = { Variables: ApiEnv['Variables'] & { caller: Caller } }
