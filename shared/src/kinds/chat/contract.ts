import type { KindContract } from '../contract.ts'
import { answerBounds, ChatInput, type ChatMessage, ChatOptions, ChatOutput, chatVersions } from './chat.ts'

/** The longest answer to a request with these options, in tokens. */
export const chatAnswerTokens = ({ max_tokens }: ChatOptions): number => max_tokens ?? answerBounds.max

/** A usual answer, in tokens. */
export const usualChatTokens = (options: ChatOptions): number => Math.min(400, chatAnswerTokens(options))

const messagesOf = (input: unknown): ChatMessage[] => ChatInput.safeParse(input).data?.messages ?? []

const answerOf = (output: unknown): ChatMessage[] => {
  const { data } = ChatOutput.safeParse(output)
  return data ? [data.message] : []
}

export const chatContract: KindContract = {
  id: 'chat',
  input: ChatInput,
  options: ChatOptions,
  promptVersions: chatVersions,
  defaultPromptVersion: 'chat@1',
  grounded: null,
  column: 'input',
  promptBytes: 1_000,
  leastAnswerTokens: answerBounds.min,
  answerTokens: (_input, options) => chatAnswerTokens(ChatOptions.parse(options)),
  usualAnswerTokens: (options) => usualChatTokens(ChatOptions.parse(options)),
  keepsStopped: true,
  textOf: (output) => answerOf(output)[0]?.content ?? null,
  join: (earlier, input) => ({
    ...input,
    messages: [...messagesOf(earlier.input), ...answerOf(earlier.output), ...messagesOf(input)],
  }),
  joined: (stored, input) => {
    const [whole, added] = [messagesOf(stored), messagesOf(input)]
    return (
      ChatInput.safeParse(stored).data?.conversation_id === input.conversation_id &&
      JSON.stringify(whole.slice(-added.length)) === JSON.stringify(added)
    )
  },
}
