import { AppError } from '@recto/shared/errors'
import type { Generation, Status } from '@recto/shared/generation'
import type { Caller } from '../auth/verify-token.ts'
import { createStreams } from '../events/streams.ts'
import type { Peer } from '../http/peer.ts'
import { exampleGeneration } from './example-generation.ts'
import { exampleSuggestion } from './example-suggestion.ts'
import { noTexts } from './no-texts.ts'

const { id } = exampleGeneration
export const callerOf = (userId: string, expiresAt = 1e12): Caller => ({ userId, claims: '{}', expiresAt })
const ann = callerOf('ann')
export const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ ...exampleSuggestion, key: `k${n + 1}`, position: n + 1 }))

export const generationIn = (status: Status, attempts: number, count = 0): Generation => ({
  ...exampleGeneration,
  status,
  attempts,
  suggestions_count: count,
})

/** A connection that takes what the test says. */
export const scriptedPeer = () => {
  const state = { sent: 0, held: 0, isClosed: false }
  let tellClosed = () => {}
  const peer: Peer = {
    name: 'peer',
    sent: () => state.sent,
    held: () => state.held,
    onClose: (listener) => {
      tellClosed = listener
    },
    destroy: () => {
      state.isClosed = true
      tellClosed()
    },
  }
  return { peer, state }
}

export const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Streams of a generation that the test scripts. `notes` has what the metrics and the workers are told. */
export const scriptedStreams = (options: { each?: number; all?: number; short?: boolean } = {}) => {
  const source = {
    row: generationIn('running', 1) as Generation | undefined,
    rows: rowsOf(0),
    reads: 0,
    fails: false,
    now: 0,
    unacknowledged: new Map<string, number>(),
  }
  const notes: string[] = []
  const stop = new AbortController()
  const streams = createStreams({
    find: async () => {
      source.reads++
      if (source.fails) throw new AppError('database_unavailable')
      return source.row
    },
    findKeyed: async () => source.rows,
    texts: noTexts,
    watch: (watched) => notes.push(`watch ${watched === id}`),
    now: () => source.now,
    stopping: stop.signal,
    short: options.short ?? false,
    bounds: { all: options.all ?? 10, each: options.each ?? 10 },
    rhythm: { ping: 15, read: 30, stall: 5 },
    stalledMs: 30_000,
    onClosed: () => undefined,
    unacknowledged: async () => source.unacknowledged,
    metrics: {
      streamOpened: () => notes.push('opened'),
      streamEnded: (reason) => notes.push(`ended ${reason}`),
      eventSent: () => undefined,
    },
  })
  const open = async (more: { caller?: Caller; after?: { attempt: number; place: number }; peer?: Peer } = {}) => {
    const { caller = ann, after, peer } = more
    const { body, ended } = await streams.open(caller, id, { after, peer })
    const reader = body.getReader()
    let text = ''
    const drained = (async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read())
        text += Buffer.from(part.value).toString()
    })()
    /** The names of the events so far, comments and retries too. */
    const names = () =>
      [...text.matchAll(/^(?:event: (\w+)|(: ping|retry))/gm)].map(([, event, other]) => event ?? other)
    return { names, text: () => text, drained, ended, leave: () => reader.cancel() }
  }
  const tick = async (seconds: number) => {
    for (let n = 0; n < seconds; n++) {
      source.now += 1_000
      await streams.tick()
    }
    await settled()
  }
  const live = (attempt: number, ...events: object[]) =>
    streams.live(JSON.stringify({ generation_id: id, attempt, events }))
  return { source, streams, notes, stop, open, tick, live }
}

export const item = (key: string, front = 'f') => ({ type: 'item', key, value: { front } })
