import { AppError } from '@recto/shared/errors'
import type { Generation, Status } from '@recto/shared/generation'
import { describe, expect, it } from 'vitest'
import type { Caller } from '../auth/verify-token.ts'
import type { Peer } from '../http/peer.ts'
import { exampleGeneration } from '../testing/example-generation.ts'
import { exampleSuggestion } from '../testing/example-suggestion.ts'
import { createStreams } from './streams.ts'

const { id } = exampleGeneration
const callerOf = (userId: string, expiresAt = 1e12): Caller => ({ userId, claims: '{}', expiresAt })
const ann = callerOf('ann')
const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ ...exampleSuggestion, key: `k${n + 1}`, position: n + 1 }))

const generationIn = (status: Status, attempts: number, count = 0): Generation => ({
  ...exampleGeneration,
  status,
  attempts,
  suggestions_count: count,
})

/** A connection that takes what the test says. */
const scriptedPeer = () => {
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

const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Streams of a generation that the test scripts. `notes` has what the metrics and the workers are told. */
const setUp = (options: { each?: number; all?: number } = {}) => {
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
    watch: (watched) => notes.push(`watch ${watched === id}`),
    now: () => source.now,
    stopping: stop.signal,
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

const item = (key: string, front = 'f') => ({ type: 'item', key, value: { front } })

describe('a stream', () => {
  it('tells status, provisional suggestions, rows and the end, and asks the workers at first and for each attempt', async () => {
    const { source, streams, notes, open, live } = setUp()
    source.row = generationIn('pending', 0)
    const { names, drained, ended, text } = await open()
    source.row = generationIn('running', 1)
    streams.changed(['other', id])
    await settled()
    live(1, item('k1'), item('k9'), { type: 'progress', items: 2, characters: 40 })
    source.row = generationIn('succeeded', 1, 2)
    source.rows = rowsOf(2)
    streams.changed([id])
    await drained
    const expected = ['retry', 'status', 'status', 'suggestion', 'suggestion', 'progress', 'status']
    expect(names()).toEqual([...expected, 'suggestion', 'suggestion', 'withdrawn', 'done'])
    expect(text()).toContain('id: 1.2\ndata: {"provisional":false,"key":"k2","id":"')
    expect(await ended).toEqual({ ended: 'done', events: 10 })
    expect(notes).toEqual(['opened', 'watch true', 'watch true', 'ended done'])
  })

  it('tells everything at once about a generation that is over', async () => {
    const { source, open } = setUp()
    source.row = generationIn('failed', 4)
    const { names, drained } = await open()
    await drained
    expect(names()).toEqual(['retry', 'status', 'done'])
    expect(source.reads).toBe(1)
  })

  it('tells a change that happens while it is opened', async () => {
    const { source, streams, open } = setUp()
    const opening = open()
    source.row = generationIn('cancelled', 1)
    streams.changed([id])
    const { names, drained } = await opening
    await drained
    expect(names()).toEqual(['retry', 'status', 'status', 'done'])
  })

  it('is pinged every 15 s, asks the workers again then, and reads every 30 s without a notification', async () => {
    const { source, notes, open, tick } = setUp()
    const { names, drained } = await open()
    await tick(29)
    expect(names().slice(2)).toEqual([': ping'])
    expect(notes).toEqual(['opened', 'watch true', 'watch true'])
    expect(source.reads).toBe(1)
    source.row = generationIn('cancelled', 1)
    await tick(1)
    await drained
    expect(names().slice(3)).toEqual([': ping', 'status', 'done'])
  })

  it('of several has its turn at different ticks', async () => {
    const { source, open, tick } = setUp()
    for (let n = 0; n < 6; n++) await open()
    const reads = []
    for (let n = 0; n < 30; n++) {
      const before = source.reads
      await tick(1)
      reads.push(source.reads - before)
    }
    expect(Math.max(...reads)).toBe(1)
    expect(reads.filter((count) => count === 1)).toHaveLength(6)
  })

  it('ends with expired when the token expires', async () => {
    const { notes, open, tick } = setUp()
    const { names, drained, ended } = await open({ caller: callerOf('ann', 3_000) })
    await tick(2)
    expect(names()).toEqual(['retry', 'status'])
    await tick(1)
    await drained
    expect(names()).toEqual(['retry', 'status', 'expired'])
    expect((await ended).ended).toBe('expired')
    expect(notes.at(-1)).toBe('ended expired')
  })

  it('ends with a retry when the process stops, and so does one that is opened then', async () => {
    const { stop, open } = setUp()
    const first = await open()
    stop.abort()
    await first.drained
    expect(first.text()).toMatch(/\n\nretry: \d{3,4}\n\n$/)
    const second = await open()
    await second.drained
    expect(second.names()).toEqual(['retry', 'status', 'retry'])
    expect((await second.ended).ended).toBe('draining')
  })

  it('ends without done when its reader may not read the generation any more', async () => {
    const { source, streams, open } = setUp()
    const { names, drained, ended } = await open()
    source.row = undefined
    streams.changedAll()
    await drained
    expect(names()).toEqual(['retry', 'status'])
    expect((await ended).ended).toBe('gone')
  })

  it('ends without done when the generation is deleted before its rows are read', async () => {
    const { source, streams, open } = setUp()
    const { names, drained } = await open()
    source.row = generationIn('succeeded', 1, 2)
    streams.changed([id])
    source.row = undefined
    await drained
    expect(names()).not.toContain('done')
  })

  it('reads again each second while reads fail, and tells nothing wrong', async () => {
    const { source, streams, open, tick } = setUp()
    const { names, drained } = await open()
    source.row = generationIn('succeeded', 1, 1)
    source.rows = rowsOf(1)
    source.fails = true
    streams.changed([id])
    await tick(3)
    expect(names()).toEqual(['retry', 'status'])
    source.fails = false
    await tick(1)
    await drained
    expect(names().slice(2)).toEqual(['status', 'suggestion', 'done'])
  })

  it('ignores payloads of another form, and those of other generations', async () => {
    const { streams, open, live, tick } = setUp()
    const { names } = await open()
    for (const payload of [
      '',
      'nonsense',
      '{}',
      'null',
      JSON.stringify({ generation_id: id, attempt: '1', events: [] }),
    ])
      streams.live(payload)
    streams.live(JSON.stringify({ generation_id: id, attempt: 1, events: [{ type: 'sung' }] }))
    streams.live(JSON.stringify({ generation_id: id.replace('5', '6'), attempt: 1, events: [item('a')] }))
    live(1)
    await tick(1)
    expect(names()).toEqual(['retry', 'status'])
  })
})

describe('a reader who is slow', () => {
  it('gets no provisional suggestions meanwhile, and all rows when there is room again', async () => {
    const { source, streams, open, live, tick } = setUp()
    const { peer, state } = scriptedPeer()
    const { names, drained } = await open({ peer })
    live(1, item('k1'))
    state.held = 20_000
    for (let n = 0; n < 1_000; n++) live(1, item(`much ${n}`, 'x'.repeat(1_000)))
    source.row = generationIn('succeeded', 1, 1)
    source.rows = rowsOf(1)
    streams.changed([id])
    await tick(3)
    expect(names()).toEqual(['retry', 'status', 'suggestion'])
    state.held = 0
    await tick(1)
    await drained
    expect(names().slice(3)).toEqual(['status', 'suggestion', 'done'])
  })

  it.each([
    ['holds bytes in this process', { held: 20_000, unacknowledged: 0 }],
    ['acknowledges nothing', { held: 0, unacknowledged: 8 }],
  ])('is let go after 30 s when the connection %s', async (_, { held, unacknowledged }) => {
    const { source, notes, open, tick } = setUp()
    const { peer, state } = scriptedPeer()
    const { ended } = await open({ peer })
    await tick(5)
    state.held = held
    source.unacknowledged = new Map([['peer', unacknowledged]])
    for (let n = 0; n < 29; n++) {
      // What is written to a peer that vanished leaves the process and is not acknowledged.
      if (unacknowledged > 0) state.sent += 1
      source.unacknowledged.set('peer', unacknowledged === 0 ? 0 : unacknowledged + n + 1)
      await tick(1)
    }
    expect(state.isClosed).toBe(false)
    await tick(6)
    expect(state.isClosed).toBe(true)
    expect((await ended).ended).toBe('stalled')
    expect(notes.at(-1)).toBe('ended stalled')
  })

  it('is kept while bytes are taken now and then', async () => {
    const { source, open, tick } = setUp()
    const { peer, state } = scriptedPeer()
    await open({ peer })
    source.unacknowledged = new Map([['peer', 500]])
    for (let n = 0; n < 10; n++) {
      state.sent += 1
      await tick(20)
    }
    expect(state.isClosed).toBe(false)
  })

  it('holds a place until the connection is closed, also when the stream has ended', async () => {
    const { source, open } = setUp({ each: 1 })
    const { peer } = scriptedPeer()
    source.row = generationIn('failed', 1)
    const { ended } = await open({ peer })
    await ended
    await expect(open()).rejects.toMatchObject({ code: 'rate_limited' })
    peer.destroy()
    await settled()
    await open()
  })
})

describe('the places of streams', () => {
  it('are bounded for each person and for the process, and are free again when a reader leaves', async () => {
    const { notes, open } = setUp({ each: 2, all: 3 })
    const first = await open()
    await open()
    await expect(open()).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfter: 5,
      limit: { name: 'event_streams', limit: 2 },
    })
    await open({ caller: callerOf('ben') })
    await expect(open({ caller: callerOf('cara') })).rejects.toMatchObject({ code: 'overloaded', retryAfter: 5 })
    await first.leave()
    await settled()
    expect(notes.at(-1)).toBe('ended client')
    await open({ caller: callerOf('cara') })
  })

  it('are not taken by a stream that cannot be opened', async () => {
    const { source, open } = setUp({ each: 1 })
    source.row = undefined
    await expect(open()).rejects.toMatchObject({ code: 'not_found' })
    source.fails = true
    await expect(open()).rejects.toMatchObject({ code: 'database_unavailable' })
    source.fails = false
    source.row = generationIn('running', 1)
    await open()
  })
})
