import type { KindContract } from '../contract.ts'
import { ChatInput, type ChatMessage, ChatOptions, ChatOutput, chatVersions } from './chat.ts'

/** Tokens of the longest answer, and of a usual one. */
export const chatAnswerTokens = { most: 4_000, usual: 400 } as const

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
  column: 'input',
  promptBytes: 1_000,
  leastAnswerTokens: chatAnswerTokens.most,
  answerTokens: () => chatAnswerTokens.most,
  usualAnswerTokens: () => chatAnswerTokens.usual,
  textOf: (output) => answerOf(output)[0]?.content ?? null,
  join: (earlier, input) => ({
    ...input,
    messages: [...messagesOf(earlier.input), ...answerOf(earlier.output), ...messagesOf(input)],
  }),
}
