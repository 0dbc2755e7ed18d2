import type { ChatRequest, ParseContent } from '../llm/request.ts'
import { cleanText } from '../llm/wire/clean-text.ts'

/** A short question that shows whether a model answers. */
export const checkRequest: ChatRequest = {
  messages: [{ role: 'user', content: 'Answer with one short sentence: what colour is a clear sky at noon?' }],
  // The answer has about a dozen tokens. Models that reason first need more.
  maxCompletionTokens: 512,
  temperature: 0,
}

/** The request of a check: its message, or the short question where it has none. */
export const requestOf = (message: string | null): ChatRequest =>
  message === null ? checkRequest : { ...checkRequest, messages: [{ role: 'user', content: message }] }

/** Accepts any text as the answer, and keeps its first 500 characters. */
export const readText: ParseContent<string> = (content) => ({ ok: true, value: cleanText(content.trim(), 500).trim() })
