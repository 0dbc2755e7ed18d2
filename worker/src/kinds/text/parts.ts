import type { ChatRequest } from '../../llm/request.ts'
import type { PromptParts } from '../disallowed-content/prompt-leak.ts'

const contentsOf = ({ messages }: ChatRequest, role: 'system' | 'user'): string =>
  messages.flatMap((message) => (message.role === role ? message.content : [])).join('\n')

/** What a text must not repeat of its request. */
export const partsOf = (request: ChatRequest): PromptParts => {
  const [, delimiter = null] = /^<(\S+)>\n/.exec(contentsOf(request, 'user')) ?? []
  return { instructions: contentsOf(request, 'system'), delimiter }
}
