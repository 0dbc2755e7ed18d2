import { expect, test } from 'vitest'
import { delimiterFor } from '../kinds/delimiter.ts'
import { request as flashcards } from '../kinds/flashcards/prompt.ts'
import { request as text } from '../kinds/text/prompt.ts'
import type { ChatRequest } from '../llm/request.ts'
import { stubAnswer } from './answer.ts'

const source = 'The Vistula flows through Kraków and Warsaw to the Baltic Sea. It is 1,047 km long. '.repeat(13)
const delimiter = delimiterFor(source, () => 0.5)

const answerTo = ({ messages, schema }: ChatRequest) =>
  stubAnswer({
    instructions: messages[0]?.content ?? '',
    message: messages[1]?.content ?? '',
    schemaName: schema?.name ?? null,
  })

test('stubAnswer makes cards of a text, the same ones each time', () => {
  const asked = flashcards({ sourceText: source, options: { max_cards: 2 }, delimiter })
  expect(JSON.parse(answerTo(asked) ?? '').cards.length).toBeGreaterThan(0)
  expect(answerTo(asked)).toBe(answerTo(asked))
})

test('stubAnswer cuts a text out of its input', () => {
  const asked = text({ input: { use_case: 'summary', input: source }, options: {}, delimiter, marks: false })
  expect(answerTo(asked)).toContain('The Vistula flows through Kraków')
})

test('stubAnswer repeats a message without instructions, and says what it is', () => {
  expect(stubAnswer({ instructions: '', message: 'Hello', schemaName: null })).toMatch(/stub.*Hello.*no language model/)
})

test.each([
  { instructions: 'Make a poem.', message: source, schemaName: 'poem' },
  { instructions: 'Make a poem.', message: source, schemaName: null },
])('stubAnswer has no answer for a request that it does not know: $schemaName', (asked) => {
  expect(stubAnswer(asked)).toBeNull()
})
