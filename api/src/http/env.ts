/** The variables that the modules of http/ set and read. */
export type HttpEnv = {
  Variables: {
    requestId: string
    /** By which others continue the trace of the request. Without an SDK that is the request's own `traceparent`. */
    traceparent?: string | undefined
    /** The person that was authenticated. */
    caller?: { userId: string }
    /** The generation that the request is about. */
    generationId?: string
    /** What the generation has used that the request is answered with, when it has ended. */
    used?: { tokens: number | null; costUsd: number; cached: boolean } | undefined
    /** The kind of the generation that the request asks for. */
    useCase?: string
    /** Of an answer that is a stream: resolves when the stream ends, with why, and the number of events that were sent. */
    stream?: Promise<{ ended: string; events: number }>
  }
}
