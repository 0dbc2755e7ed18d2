import type { Caller } from '../auth/verify-token.ts'
import type { Admission } from '../generations/admission.ts'

/** What middleware leaves for those after it. */
export type ApiEnv = {
  Variables: {
    requestId: string
    caller?: Caller
    /** The caller's place in the window, as the submission itself learned it. */
    admission?: Admission
    /** For the log: which generation the request was about. */
    generationId?: string
  }
}

/** Behind `authenticate`. */
export type CallerEnv = { Variables: ApiEnv['Variables'] & { caller: Caller } }
