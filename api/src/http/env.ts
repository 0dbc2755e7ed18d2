import type { Admission } from '../admission/admission.ts'
import type { Caller } from '../auth/verify-token.ts'

/** What middleware leaves for those after it. */
export type ApiEnv = {
  Variables: {
    requestId: string
    caller?: Caller
    /** The account that the request is about. */
    account?: string
    /** How that account stands, as the statement that was counted told it. */
    admission?: Admission
    /** For the log: which generation the request was about. */
    generationId?: string
  }
}

/** Behind `authenticate`. */
export type CallerEnv = { Variables: ApiEnv['Variables'] & { caller: Caller } }
