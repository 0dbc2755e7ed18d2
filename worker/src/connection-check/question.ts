import type { ChatRequest, ParseContent } from '../llm/request.ts'
import { cleanText } from '../llm/wire/clean-text.ts'

/** What shows whether a model answers: nothing of anybody's, and short. */
export const checkRequest: ChatRequest = {
  messages: [{ role: 'user', content: 'Answer with one short sentence: what colour is a clear sky at noon?' }],
  // The sentence takes a dozen; a model that thinks first needs the rest.
  maxCompletionTokens: 512,
  temperature: 0,
}

/** Any text is an answer; of one that rambles, its first 500 characters. */
export const readText: ParseContent<string> = (content) => ({ ok: true, value: cleanText(content.trim(), 500).trim() })
