import type { Admission } from './admission/admission.ts'
import type { Window } from './admission/windows.ts'
import type { Caller } from './auth/verify-token.ts'
import type { HttpEnv } from './http/env.ts'
import type { Reviewed } from './reviews/reviewed.ts'

/** The variables that middleware sets for handlers. */
export type ApiEnv = {
  Variables: HttpEnv['Variables'] & {
    caller?: Caller
    /** The account that the request is about. */
    account?: string
    /** What the database said about the account when it admitted the request. */
    admission?: Admission
    /** Who sent the request: its address behind trusted proxies. */
    client?: () => string
    /** The window of the address, of a request without a valid token. */
    refused?: Window
    /** What the request has decided. */
    reviewed?: Reviewed
  }
}

/** The variables behind `authenticate`. */
export type CallerEnv = { Variables: ApiEnv['Variables'] & { caller: Caller } }
