import { randomUUID } from 'node:crypto'
import type { Page, Route } from 'playwright-core'

type Message = { event: string; id?: string; data: object }

/** The events of one generation, as the API sends them. */
export const scriptedEvents = () => {
  const id = randomUUID()
  const generation = (status: string, attempts: number) => ({
    id,
    kind: 'flashcards',
    status,
    attempts,
    suggestions_count: 0,
    cost_usd: '0',
    error: null,
    ai_metadata: {},
    finished_at: ['pending', 'running'].includes(status) ? null : '2026-11-28T05:18:37Z',
  })
  return {
    id,
    status: (status: string, attempts: number): Message => ({
      event: 'status',
      id: `${attempts}.0`,
      data: generation(status, attempts),
    }),
    written: (key: string, front: string, attempt = 1): Message => ({
      event: 'suggestion',
      data: {
        provisional: true,
        attempt,
        key,
        front,
        back: 'Because.',
        source_quote: 'A quote of the text.',
        quote_start: 0,
        quote_end: 20,
        flags: ['yes_no'],
      },
    }),
    withdrawn: (key: string, reason: string): Message => ({ event: 'withdrawn', data: { key, reason } }),
    progress: (items: number, characters: number): Message => ({
      event: 'progress',
      data: { attempt: 1, items, characters },
    }),
    done: (status: string, attempts: number): Message => ({
      event: 'done',
      id: `${attempts}.1`,
      data: generation(status, attempts),
    }),
  }
}

const bodyOf = (messages: Message[]): string =>
  messages
    .map(({ event, id, data }) => `event: ${event}\n${id ? `id: ${id}\n` : ''}data: ${JSON.stringify(data)}\n\n`)
    .join('')

/**
 * Answers the page's streams in place of the API: the first one with these messages. Each ends then, and the page opens
 * another one, which waits for `next`.
 */
export const holdEvents = async (page: Page, first: Message[]) => {
  const queue = [first]
  const waiting: Route[] = []
  const answer = async (): Promise<void> => {
    const [route, messages] = [waiting[0], queue[0]]
    if (route === undefined || messages === undefined) return
    waiting.shift()
    queue.shift()
    await route.fulfill({ contentType: 'text/event-stream', body: `retry: 50\n\n${bodyOf(messages)}` })
  }
  await page.route('**/events', async (route) => {
    waiting.push(route)
    await answer()
  })
  return {
    next: async (messages: Message[]): Promise<void> => {
      queue.push(messages)
      await answer()
    },
  }
}
