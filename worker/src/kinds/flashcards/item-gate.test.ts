import fc from 'fast-check'
import { expect, test } from 'vitest'
import { content, source } from '../../testing/answer-shapes.ts'
import { gate } from './gate.ts'
import { itemOf, openItemGate } from './item-gate.ts'
import { parse } from './parse.ts'
import { request } from './prompt.ts'

const asked = request({ sourceText: source, options: {}, delimiter: 'text-0123456789ab' })

test('cards pass one by one as they pass together, for any answer and any number of cards', async () => {
  let kept = 0
  await fc.assert(
    fc.asyncProperty(content, fc.integer({ min: 1, max: 3 }), async (answer, max_cards) => {
      const parsed = parse(answer, 'length')
      const elements = parsed.ok ? [...parsed.value, ...parsed.value] : []
      const answered = { sourceText: source, options: { max_cards }, request: asked }
      const together = await gate({ content: elements, ...answered })
      const { check } = await openItemGate(answered)
      const items = elements.map(check).filter((item) => item !== null)
      expect(items).toEqual(together.cards.map(itemOf))
      kept += items.length
    }),
    { numRuns: 500 },
  )
  expect(kept).toBeGreaterThan(50)
})

test('no card passes after as many as were asked for, or after as many elements as are checked', async () => {
  const answered = { sourceText: source, options: { max_cards: 1 }, request: asked }
  const { check, isFull } = await openItemGate(answered)
  const card = {
    front: 'What burned wood?',
    back: 'The lighthouse',
    source_quote: 'The lighthouse of Kõpu burned 1,250.5 kg of wood',
  }
  expect([isFull(), check(card)?.value.front, isFull()]).toEqual([false, card.front, true])
  expect(check({ ...card, front: 'Until when?', back: '1531' })).toBeNull()
  const other = await openItemGate(answered)
  for (let n = 0; n < 24; n++) expect(other.check(null)).toBeNull()
  expect([other.isFull(), other.check(card)]).toEqual([true, null])
})
