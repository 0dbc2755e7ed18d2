import { describe, expect, test } from 'vitest'
import { scrub } from '../privacy/scrub.ts'
import { createTextReader } from './text-reader.ts'

const source = 'Write to ana.nowak@school.example or to ben@school.example.'
const { restore } = scrub(source)
const request = { messages: [], maxCompletionTokens: 10, temperature: 0 }

/** What is shown after each piece. */
const shownOf = async (pieces: string[], marks = true) => {
  const reader = createTextReader({
    textStream: { openGate: () => ({ push: (text) => ({ restarted: false, text }) }), stopped: () => [] },
    request,
    restoreText: restore,
    marks,
  })
  const shown: string[] = []
  for (const piece of pieces) {
    let more = ''
    for await (const part of reader.read(piece)) if (part !== 'restarted' && 'text' in part) more += part.text
    shown.push(more)
  }
  return { shown, isOver: reader.isOver() }
}

describe('the text of an answer, read while it arrives,', () => {
  test('has personal values in place of placeholders, wherever the pieces are cut', async () => {
    const answer = 'Ask [EMAIL_1], \\[EMAIL\\_2\\] or [email 1] (see [1]).'
    for (let cut = 1; cut < answer.length; cut++) {
      const { shown } = await shownOf([answer.slice(0, cut), answer.slice(cut), ' End.'])
      expect(shown.join('')).toBe(
        'Ask ana.nowak@school.example, ben@school.example or ana.nowak@school.example (see [1]). End.',
      )
    }
  })

  test('shows no placeholder that is not complete, and waits no longer than for the longest one', async () => {
    expect((await shownOf(['Ask [EMA', 'IL_1', ']!'])).shown).toEqual(['Ask ', '', 'ana.nowak@school.example!'])
    const note = 'a bracket that nobody closes for a very long while'
    expect((await shownOf(['See [', note, '.'])).shown.join('')).toBe(`See [${note}.`)
  })

  test('is shown at once when nothing was taken out of the request', async () => {
    expect((await shownOf(['See [', 'EMAIL'], false)).shown).toEqual(['See [', 'EMAIL'])
  })

  test('is void when its gate begins anew, with what was held back', async () => {
    const reader = createTextReader({
      textStream: { openGate: () => ({ push: (text) => ({ restarted: text === 'Anew', text }) }), stopped: () => [] },
      ...{ request, restoreText: restore, marks: true },
    })
    const shown = []
    for (const piece of ['Old [EMA', 'Anew']) for await (const part of reader.read(piece)) shown.push(part)
    expect(shown).toEqual([{ text: 'Old ' }, 'restarted', { text: 'Anew' }])
  })

  test('ends when placeholders make it far longer than it was sent', async () => {
    const { shown, isOver } = await shownOf(Array.from({ length: 100 }, () => '[EMAIL_1]'.repeat(100)))
    expect([isOver, shown.join('').length > 200_000]).toEqual([true, true])
  })
})
