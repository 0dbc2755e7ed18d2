import type { ChatRequest } from '../../llm/request.ts'
import { contentsOf } from '../contents-of.ts'
import { delimiterOf } from '../delimiter.ts'
import type { PromptParts } from '../disallowed-content/prompt-leak.ts'

/** What a text must not repeat of its request. */
export const partsOf = (request: ChatRequest): PromptParts => ({
  instructions: contentsOf(request, 'system'),
  delimiter: delimiterOf(request),
})
