import type { z } from 'zod'

/** What the API has to know of a kind: what POST accepts for it, where its input is stored, and how large its requests are. */
export type KindContract = {
  id: string
  /** Fields of the body beside those that every kind has. */
  input: z.ZodObject
  options: z.ZodObject
  promptVersions: readonly string[]
  defaultPromptVersion: string
  /** The column of the input: its field `source_text` as a text, or all of it as JSON. */
  column: 'source_text' | 'input'
  /** UTF-8 bytes that a request has beside its input, at most. */
  promptBytes: number
  /** The longest answer to a request with these options, in tokens. Throws z.ZodError for options of another kind. */
  answerTokens(options: unknown): number
}
