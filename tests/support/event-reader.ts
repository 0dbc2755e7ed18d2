import { until } from '@recto/local/until'

/** An event of a stream. `data` is parsed, and `id` undefined for an event that has none. */
export type StreamEvent = { event: string; id: string | undefined; data: Record<string, unknown> }

type OpenOptions = { lastEventId?: string; headers?: Record<string, string> }

const parse = (block: string): StreamEvent[] => {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
  const data = field('data')
  return data === undefined ? [] : [{ event: field('event') ?? '', id: field('id'), data: JSON.parse(data) }]
}

/** Opens the events of a generation. Rejects unless the answer is a stream. The events are collected as they come. */
export const openEvents = (
  { url }: { url: string },
  { token }: { token: string },
  id: string,
  { lastEventId, headers = {} }: OpenOptions = {},
) =>
  readEvents(`${url}/api/ai/generations/${id}/events`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      ...headers,
    },
  })

/** Sends a request that is answered by a stream of events. Rejects unless the answer is one. */
export const readEvents = async (url: string, request: RequestInit) => {
  const leaving = new AbortController()
  const answer = await fetch(url, { ...request, signal: leaving.signal })
  if (answer.status !== 200 || !answer.body) throw new Error(`no stream: ${answer.status} ${await answer.text()}`)
  const events: StreamEvent[] = []
  let text = ''
  let isOver = false
  const reading = (async () => {
    let rest = ''
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const blocks = (rest + chunk).split('\n\n')
      rest = blocks.pop() ?? ''
      events.push(...blocks.flatMap(parse))
    }
  })()
    .catch(() => undefined)
    .finally(() => {
      isOver = true
    })
  return {
    headers: answer.headers,
    events,
    /** Everything that came, comments too. */
    text: () => text,
    isOver: () => isOver,
    /** Resolves when the stream has ended or broken. */
    over: () => until(() => isOver, { what: 'the end of the stream', timeoutMs: 30_000, everyMs: 5 }),
    /** Resolves when so many events of a name have come. */
    come: (event: string, count = 1) =>
      until(() => events.filter((one) => one.event === event).length >= count, {
        what: `${count} events ${event} among ${events.map((one) => one.event)}`,
        timeoutMs: 20_000,
        everyMs: 5,
      }),
    leave: async () => {
      leaving.abort()
      await reading
    },
  }
}

/** Events in short: name and id, or name and what a provisional one says. */
export const shortly = (events: StreamEvent[]): string[] =>
  events.map(({ event, id, data }) =>
    [event, id ?? data.key ?? data.attempt, data.reason].filter((part) => part !== undefined).join(' '),
  )
