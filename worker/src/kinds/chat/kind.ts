import { ChatInput, ChatOptions, ChatOutput } from '@recto/shared/kinds/chat/chat'
import { defineKind } from '../kind.ts'
import { promptVersions } from './versions.ts'

/** The next message of a conversation. Nothing proves it, and chance has a part in it. */
export const chat = defineKind({
  id: 'chat',
  input: ChatInput,
  options: ChatOptions,
  versions: promptVersions,
  result: ChatOutput.nullable(),
  cacheable: false,
  empty: 'failure',
  failureCode: 'no_usable_text',
  mapTexts: ({ messages, ...input }, change) => ({
    ...input,
    messages: messages.map(({ role, content }) => ({ role, content: change(content) })),
  }),
  count: (answer) => (answer === null ? 0 : 1),
  store: () => [],
  suggestions: () => 0,
  output: (answer) => answer,
})
