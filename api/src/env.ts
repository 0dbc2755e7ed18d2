import type { Admission } from './admission/admission.ts'
import type { Caller } from './auth/verify-token.ts'
import type { HttpEnv } from './http/env.ts'

/** What middleware leaves for the handlers after it. */
export type ApiEnv = {
  Variables: HttpEnv['Variables'] & {
    caller?: Caller
    /** The account that the request is about. */
    account?: string
    /** What the database said about the account when it admitted the request. */
    admission?: Admission
  }
}

/** The same behind `authenticate`. */
export type CallerEnv = { Variables: ApiEnv['Variables'] & { caller: Caller } }
