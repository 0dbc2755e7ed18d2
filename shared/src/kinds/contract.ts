import type { z } from 'zod'

/** What the API knows of a kind: the fields of its body, the column of its input, and the size of its requests. */
export type KindContract = {
  id: string
  /** The fields of the body that only this kind has. Its refinements may read these fields only. */
  input: z.ZodObject
  options: z.ZodObject
  promptVersions: readonly string[]
  defaultPromptVersion: string
  /** Where the input is stored: its field `source_text` as a text, or the whole input as JSON. */
  column: 'source_text' | 'input'
  /** Whether each part of a result is proved from the input; null for a kind whose results nothing proves. */
  grounded: true | null
  /** The most bytes of UTF-8 that a request has beside its input. A function where they grow with the input. */
  promptBytes: number | ((input: unknown) => number)
  /** The smallest value of `answerTokens`. */
  leastAnswerTokens: number
  /**
   * The longest answer to a request with this input and these options, in tokens, without what the model thinks.
   * @throws z.ZodError for an input or options of another kind
   */
  answerTokens(input: unknown, options: unknown): number
  /**
   * A usual answer to a request with these options, in tokens.
   * @throws z.ZodError for options of another kind
   */
  usualAnswerTokens(options: unknown): number
  /** The text of a stored output, for a kind whose result is one text; null for an output of another form. */
  textOf?(output: unknown): string | null
  /** True for such a kind whose text stays, as far as it was said, when a person stops the generation. */
  keepsStopped?: true
  /**
   * For a kind whose input has a `conversation_id`: the input of an earlier generation of the conversation, its output, and
   * the new input as one. What comes out may be longer than the kind allows.
   */
  join?(earlier: { input: unknown; output: unknown }, input: Record<string, unknown>): Record<string, unknown>
  /** For such a kind: whether a stored input may be what `join` made of the new one. */
  joined?(stored: unknown, input: Record<string, unknown>): boolean
}
