/** What the modules of http/ leave for each other and read: for the log, and for problems. */
export type HttpEnv = {
  Variables: {
    requestId: string
    /** The person that was authenticated. */
    caller?: { userId: string }
    /** The generation that the request is about. */
    generationId?: string
  }
}
