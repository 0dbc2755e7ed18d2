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
    latest: messages.at(-1)?.content ?? '',
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

test.each(['', 'You are the assistant of an app.'])(
  'stubAnswer repeats the latest message, and says what it is',
  (instructions) => {
    const asked = { instructions, message: 'Hello\nHow are you?', latest: 'How are you?', schemaName: null }
    expect(stubAnswer(asked)).toMatch(/stub.*“How are you\?”.*no language model/)
  },
)

test('stubAnswer has no answer in a form that it does not know', () => {
  expect(stubAnswer({ instructions: 'Make a poem.', message: source, latest: source, schemaName: 'poem' })).toBeNull()
})
