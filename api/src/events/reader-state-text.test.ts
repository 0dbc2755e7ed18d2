import type { Generation, Status } from '@recto/shared/generation'
import type { LiveEvent } from '@recto/shared/live'
import { describe, expect, it } from 'vitest'
import { exampleGeneration } from '../testing/example-generation.ts'
import type { Frame } from './frame.ts'
import { readLive } from './live.ts'
import { createReaderState } from './reader-state.ts'

const generation = (status: Status, attempts: number, count = 0): Generation => ({
  ...exampleGeneration,
  status,
  attempts,
  suggestions_count: count,
})

const live = (attempt: number, ...events: LiveEvent[]) => {
  const read = readLive(JSON.stringify({ generation_id: exampleGeneration.id, attempt, events }))
  if (!read) throw new Error('not a message')
  return read
}

describe('createReaderState, of a text that a model writes', () => {
  const isText = () => true
  const delta = (offset: number, text: string): LiveEvent => ({ type: 'delta', offset, text })
  const said = (frames: Frame[]) =>
    frames.map(({ bytes }) => {
      const [, event, id, data = ''] =
        /^event: (.*)\n(?:id: (.*)\n)?data: (.*)\n\n$/.exec(Buffer.from(bytes).toString()) ?? []
      const { provisional, offset, text } = JSON.parse(data)
      return event === 'delta' ? [id, provisional, offset, text] : [event, id]
    })

  it('passes on each part once, also when it is told again or partly again', () => {
    const state = createReaderState(undefined, isText)
    expect(said(state.ofLive(live(1, delta(0, 'One 🙂'))))).toEqual([[undefined, true, 0, 'One 🙂']])
    expect(said(state.ofLive(live(1, delta(0, 'One 🙂'))))).toEqual([])
    expect(said(state.ofLive(live(1, delta(0, 'One 🙂 two'))))).toEqual([[undefined, true, 5, ' two']])
    expect(state.missesText()).toBe(false)
  })

  it('holds what comes behind a lost part back until the text is told again', () => {
    const state = createReaderState(undefined, isText)
    expect(said(state.ofLive(live(1, delta(4, 'two'))))).toEqual([])
    expect(state.missesText()).toBe(true)
    expect(said(state.ofLive(live(1, delta(0, 'One two'))))).toEqual([[undefined, true, 0, 'One two']])
    expect(state.missesText()).toBe(false)
  })

  it('begins anew after a reset and in another attempt', () => {
    const state = createReaderState(undefined, isText)
    state.ofLive(live(1, delta(0, 'One')))
    expect(said(state.ofLive(live(1, { type: 'reset' }, delta(0, 'Two'))))).toEqual([
      ['reset', undefined],
      [undefined, true, 0, 'Two'],
    ])
    expect(said(state.ofLive(live(2, delta(0, 'Three'))))).toEqual([
      ['reset', undefined],
      [undefined, true, 0, 'Three'],
    ])
  })

  it('tells the stored text whole before `done`, once to a reader who resumes', () => {
    const ended = generation('succeeded', 2)
    const state = createReaderState(undefined, isText)
    state.ofLive(live(2, delta(0, 'On')))
    expect(said(state.ofEnd(ended, [], 'One'))).toEqual([
      ['2.1', false, 0, 'One'],
      ['done', '2.2'],
    ])
    const resumed = createReaderState({ attempt: 2, place: 1 }, isText)
    resumed.ofStatus(ended)
    expect(said(resumed.ofEnd(ended, [], 'One'))).toEqual([['done', '2.2']])
    expect(said(createReaderState(undefined, isText).ofEnd(ended, [], null))).toEqual([['done', '2.2']])
  })

  it('never shows anything but a beginning of the text, whatever messages are lost', () => {
    const whole = Array.from({ length: 60 }, (_, n) => `${n}🙂 `).join('')
    const points = [...whole]
    let seed = 1
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let round = 0; round < 200; round++) {
      const state = createReaderState(undefined, isText)
      let [told, shown] = [0, '']
      const receive = (...events: LiveEvent[]) => {
        for (const [, , offset, text] of said(state.ofLive(live(1, ...events))))
          shown = offset === 0 ? text : shown + text
        expect(whole.startsWith(shown)).toBe(true)
      }
      while (told < points.length) {
        // A gap, or another reader, makes the worker begin anew.
        if (state.missesText() || random(9) === 0) told = 0
        const end = Math.min(points.length, told + 1 + random(40))
        const isLost = random(3) === 0
        if (!isLost) receive(delta(told, points.slice(told, end).join('')))
        told = end
      }
      receive(delta(0, whole))
      expect(shown).toBe(whole)
    }
  })
})
