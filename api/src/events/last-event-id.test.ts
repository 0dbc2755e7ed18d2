import { expect, test } from 'vitest'
import { idOf, parseLastEventId } from './last-event-id.ts'

test.each([
  [1, 0],
  [0, 0],
  [12, 31],
])('parseLastEventId reads the id of attempt %i and place %i as idOf writes it', (attempt, place) => {
  expect(parseLastEventId(idOf(attempt, place))).toEqual({ attempt, place })
})

test.each([
  undefined,
  '',
  '1',
  '1.',
  '.1',
  '-1.2',
  '1.2.3',
  '01.2',
  '1.02',
  '1.2 ',
  '1e3.2',
  '１.２',
  '99999999999.1',
  "1.2' or true --",
  'x'.repeat(5_000),
])('parseLastEventId takes %j for no id', (header) => {
  expect(parseLastEventId(header)).toBeUndefined()
})
