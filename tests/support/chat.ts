import type { ApiPerson } from '../api/api-system.ts'
import type { StreamEvent } from './event-reader.ts'

export const chatPath = '/api/ai/chat'

export const user = (content: string) => ({ role: 'user', content })
export const assistant = (content: string) => ({ role: 'assistant', content })

/** Says something to the endpoint that waits. */
export const say = (
  { call }: Pick<ApiPerson, 'call'>,
  content: string,
  more: { conversation_id?: string; account_id?: string; data_residency?: string } = {},
  headers: Record<string, string> = {},
) => call('POST', chatPath, { body: { messages: [user(content)], ...more }, headers })

/** The text that a reader of these events has in the end, put together as docs/api.md says. */
export const textOf = (events: readonly StreamEvent[]): string => {
  let text = ''
  for (const { event, data } of events) {
    if (event === 'reset') text = ''
    if (event === 'delta') text = `${data.offset === 0 ? '' : text}${data.text}`
  }
  return text
}

/** The deltas of what a model writes. */
export const deltasOf = (events: readonly StreamEvent[]): string[] =>
  events.flatMap(({ event, data }) => (event === 'delta' && data.provisional ? [String(data.text)] : []))
