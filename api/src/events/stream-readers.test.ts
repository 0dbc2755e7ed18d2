import { describe, expect, it } from 'vitest'
import { exampleGeneration } from '../testing/example-generation.ts'
import {
  callerOf,
  generationIn,
  item,
  rowsOf,
  scriptedPeer,
  scriptedStreams,
  settled,
} from '../testing/scripted-streams.ts'

const { id } = exampleGeneration

describe('a reader who is slow', () => {
  it('gets no provisional suggestions meanwhile, and all rows when there is room again', async () => {
    const { source, streams, open, live, tick } = scriptedStreams()
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
    const { source, notes, open, tick } = scriptedStreams()
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
    const { source, open, tick } = scriptedStreams()
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
    const { source, open } = scriptedStreams({ each: 1 })
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

describe('the limit of streams', () => {
  it('are bounded for each person and for the process, and are free again when a reader leaves', async () => {
    const { notes, open } = scriptedStreams({ each: 2, all: 3 })
    const first = await open()
    await open()
    await expect(open()).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfter: 5,
      limit: { name: 'event_streams', limit: 2 },
    })
    await open({ caller: callerOf('ben') })
    await expect(open({ caller: callerOf('cara') })).rejects.toMatchObject({
      code: 'overloaded',
      retryAfter: 5,
      countedAs: 'streams',
    })
    await first.leave()
    await settled()
    expect(notes.at(-1)).toBe('ended client')
    await open({ caller: callerOf('cara') })
  })

  it('are not taken by a stream that cannot be opened', async () => {
    const { source, open } = scriptedStreams({ each: 1 })
    source.row = undefined
    await expect(open()).rejects.toMatchObject({ code: 'not_found' })
    source.fails = true
    await expect(open()).rejects.toMatchObject({ code: 'database_unavailable' })
    source.fails = false
    source.row = generationIn('running', 1)
    await open()
  })
})
