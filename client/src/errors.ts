import type { Generation, Problem } from './api.ts'

/** What the API answers to calls of the client. None of them asks for a result, which a failed generation does not have. */
export type AnsweredProblem = Problem & { code: Exclude<Problem['code'], 'generation_failed' | 'generation_cancelled'> }

/** Why a call of the client failed. `code` tells which of these it is. */
export type Failure =
  /** The API answered with an error: https://www.rfc-editor.org/rfc/rfc9457. `retryAfter` is in seconds. */
  | { code: AnsweredProblem['code']; status: number; problem: Problem; retryAfter: number | null }
  /** The generation ended without cards. `generation.error` says why it failed. */
  | { code: 'generation_failed' | 'generation_cancelled'; generation: Generation }
  /** The caller's signal ended the call, or its `timeoutMs`, or the API could not be reached for half a minute or more. */
  | { code: 'aborted' | 'timeout' | 'network' }
  /** `getToken` failed: `cause` is what it threw. */
  | { code: 'token' }
  /** Something that is not the API answered. */
  | { code: 'unexpected_answer'; status: number }

/**
 * `generationId` is there once a generation was accepted: it goes on whatever happens to the call, and `resume` waits for
 * it again.
 */
export type RectoError = Error & { generationId?: string } & Failure

class ClientError extends Error {
  generationId?: string
  override readonly name = 'RectoError'
}

/** Makes an error of a failure. */
export const failed = (message: string, failure: Failure, cause?: unknown): RectoError =>
  Object.assign(new ClientError(message, cause === undefined ? {} : { cause }), failure)

/** Whether an error comes from the client. TypeScript then knows the other fields by its `code`. */
export const isRectoError = (error: unknown): error is RectoError => error instanceof ClientError

/** Of a deletion whose first answer was lost, the second answer says that there is nothing. */
export const unlessGone = async (deletion: Promise<unknown>): Promise<void> => {
  await deletion.catch((error: unknown) => {
    if (!isRectoError(error) || error.code !== 'not_found') throw error
  })
}

/** The error of an answer of the API. Its message is for developers: title, detail, and a line for each invalid field. */
export const problemError = (status: number, problem: AnsweredProblem, retryAfter: number | null): RectoError => {
  const { title, detail, errors = [] } = problem
  const lines = errors.map(({ path, message }) => `\n  ${path}: ${message}`)
  const message = `${title}${detail ? `: ${detail}` : ''}${lines.join('')}`
  return failed(message, { code: problem.code, status, problem, retryAfter })
}
