import { describe, expect, it } from 'vitest'
import { exampleGeneration } from '../testing/example-generation.ts'
import { callerOf, generationIn, item, rowsOf, scriptedStreams, settled } from '../testing/scripted-streams.ts'

const { id } = exampleGeneration

describe('a stream', () => {
  it('tells status, provisional suggestions, rows and the end, and asks the workers at first and for each attempt', async () => {
    const { source, streams, notes, open, live } = scriptedStreams()
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
    const { source, open } = scriptedStreams()
    source.row = generationIn('failed', 4)
    const { names, drained } = await open()
    await drained
    expect(names()).toEqual(['retry', 'status', 'done'])
    expect(source.reads).toBe(1)
  })

  it('that is short ends when it has told what is known, with an id to come again with', async () => {
    const { source, open } = scriptedStreams({ short: true })
    source.row = generationIn('running', 1)
    const live = await open()
    await live.drained
    expect(live.names()).toEqual(['retry', 'status', 'retry'])
    expect(await live.ended).toMatchObject({ ended: 'draining' })
    source.row = generationIn('succeeded', 1, 2)
    source.rows = rowsOf(2)
    const over = await open()
    await over.drained
    expect(over.names()).toEqual(['retry', 'status', 'suggestion', 'suggestion', 'done'])
    expect(await over.ended).toMatchObject({ ended: 'done' })
  })

  it('tells a change that happens while it is opened', async () => {
    const { source, streams, open } = scriptedStreams()
    const opening = open()
    source.row = generationIn('cancelled', 1)
    streams.changed([id])
    const { names, drained } = await opening
    await drained
    expect(names()).toEqual(['retry', 'status', 'status', 'done'])
  })

  it('is pinged every 15 s, asks the workers again then, and reads every 30 s without a notification', async () => {
    const { source, notes, open, tick } = scriptedStreams()
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
    const { source, open, tick } = scriptedStreams()
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
    const { notes, open, tick } = scriptedStreams()
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
    const { stop, open } = scriptedStreams()
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
    const { source, streams, open } = scriptedStreams()
    const { names, drained, ended } = await open()
    source.row = undefined
    streams.changedAll()
    await drained
    expect(names()).toEqual(['retry', 'status'])
    expect((await ended).ended).toBe('gone')
  })

  it('ends without done when the generation is deleted before its rows are read', async () => {
    const { source, streams, open } = scriptedStreams()
    const { names, drained } = await open()
    source.row = generationIn('succeeded', 1, 2)
    streams.changed([id])
    source.row = undefined
    await drained
    expect(names()).not.toContain('done')
  })

  it('reads again each second while reads fail, and tells nothing wrong', async () => {
    const { source, streams, open, tick } = scriptedStreams()
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
    const { streams, open, live, tick } = scriptedStreams()
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
