import { expect, test } from 'vitest'
import { writtenText } from './written-text.ts'

const input = 'The Vistula is long. It is 1,047 km long.\n\nKraków stands on it.'
const asked = (useCase: string, more = '', context = '') =>
  writtenText({
    instructions: `Use case: ${useCase}.\n\nA task.\n\n${more}`,
    message: `<d-1>\n${input}\n</d-1>${context && `\n\n<d-1-context>\n${context}\n</d-1-context>`}`,
  })

test.each([
  ['summary', '', '', 'The Vistula is long. It is 1,047 km long. Kraków stands on it.'],
  ['summary', 'At most 8 words.', '', 'The Vistula is long.'],
  ['description', 'At most 3 words.', '', 'The Vistula is …'],
  ['email', '', '', 'Subject: The Vistula is long.\n\nThe Vistula is long. It is 1,047 km long. Kraków stands on it.'],
  ['rewrite', '', '', input],
  ['translate', 'Write in German (de-AT).', '', 'Das ist nicht übersetzt, weil kein Sprachmodell gefragt wurde.'],
  ['translate', 'Write in Thai (th).', '', '□ □ □'],
  ['free', '', '', 'The Vistula is long. It is 1,047 km long. Kraków stands on it.'],
  ['free', '', 'Rivers flow.', 'Rivers flow.'],
])('writtenText cuts a %s out of its input when told "%s"', (useCase, more, context, text) => {
  expect(asked(useCase, more, context)).toBe(text)
})

test('writtenText takes the first words of an input without sentences', () => {
  const message = `<d-1>\n- four\n- ${'five '.repeat(100)}\n</d-1>`
  expect(writtenText({ instructions: 'Use case: summary.', message })).toMatch(/\p{L}/u)
})

test.each(['constructor', 'poem', ''])('writtenText has no answer for the use case "%s"', (useCase) => {
  expect(asked(useCase)).toBeNull()
})
