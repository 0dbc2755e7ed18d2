/** The variables that the modules of http/ set and read. */
export type HttpEnv = {
  Variables: {
    requestId: string
    /** The person that was authenticated. */
    caller?: { userId: string }
    /** The generation that the request is about. */
    generationId?: string
  }
}
