/** The variables that the modules of http/ set and read. */
export type HttpEnv = {
  Variables: {
    requestId: string
    /** The trace that the request belongs to, for a request that names one. */
    traceId?: string | undefined
    /** The person that was authenticated. */
    caller?: { userId: string }
    /** The generation that the request is about. */
    generationId?: string
    /** The kind of the generation that the request asks for. */
    useCase?: string
  }
}
