import type { ChatRequest } from '../llm/request.ts'

/** The contents of all messages of a role, as one text. */
export const contentsOf = ({ messages }: ChatRequest, role: 'system' | 'user'): string =>
  messages.flatMap((message) => (message.role === role ? message.content : [])).join('\n')
