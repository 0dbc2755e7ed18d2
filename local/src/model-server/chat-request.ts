import { hash } from 'node:crypto'
import { cardsAskedFor } from '@recto/shared/extractive/cards-asked-for'
import { textBetweenDelimiters } from '@recto/shared/extractive/source-text'
import { z } from 'zod'

const partSchema = z.object({ type: z.string(), text: z.string().optional() })
const messageSchema = z.object({
  role: z.string(),
  content: z.union([z.string(), z.array(partSchema), z.null()]).optional(),
})
const bodySchema = z.object({
  model: z.string().min(1),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().nullish(),
  response_format: z.object({ type: z.string(), json_schema: z.object({ name: z.string() }).optional() }).nullish(),
})

/** The parts of a chat-completions request that the model server uses. */
export type ChatRequest = {
  model: string
  stream: boolean
  schemaName: string | null
  contents: string[]
  /** What the longest message of the user says, and what all other messages say. */
  message: string
  instructions: string
  /** The text to make cards of, without the instructions around it. */
  text: string
  /** The SHA-256 hash of `text` in hexadecimal digits. */
  textHash: string
  /** Whether an answer in words is wanted: no format is asked for, and no cards. */
  inWords: boolean
  /** The latest message of the user. */
  latest: string
  /** How many cards the instructions ask for. */
  wanted: number
  /** The names of the body's fields, in the order of the body. */
  fields: string[]
}

const contentOf = ({ content }: z.output<typeof messageSchema>) =>
  typeof content === 'string' ? content : (content ?? []).map(({ text }) => text ?? '').join('')

/**
 * Reads a request's body. The text is in the longest user message.
 * @throws z.ZodError or SyntaxError when the body is not a chat-completions request
 */
export const parseChatRequest = (body: string): ChatRequest => {
  const sent: unknown = JSON.parse(body)
  const { model, messages, stream, response_format } = bodySchema.parse(sent)
  const contents = messages.map(contentOf)
  const fromUser = contents.filter((_, index) => messages[index]?.role === 'user')
  const longest = fromUser.reduce((best, content) => (content.length > best.length ? content : best), '')
  const text = textBetweenDelimiters(longest)
  const instructions = contents.filter((content) => content !== longest).join('\n')
  return {
    model,
    stream: stream === true,
    schemaName: response_format?.json_schema?.name ?? null,
    contents,
    message: longest,
    instructions,
    text,
    textHash: hash('sha256', text),
    inWords: !response_format && !/cards/iu.test(instructions),
    latest: fromUser.at(-1) ?? '',
    wanted: cardsAskedFor(instructions),
    fields: Object.keys(Object(sent)),
  }
}
