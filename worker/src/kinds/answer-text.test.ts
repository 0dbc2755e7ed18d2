import { describe, expect, test } from 'vitest'
import { answerText, createAnswerText } from './answer-text.ts'

/** What is shown of an answer that arrives in two pieces, for each place of the cut, and then its end. */
const grown = (content: string) =>
  Array.from({ length: content.length + 1 }, (_, cut) => {
    const text = createAnswerText()
    const pieces = [() => text.push(content.slice(0, cut)), () => text.push(content.slice(cut)), text.end]
    const shown: string[] = []
    for (const next of pieces) {
      const { restarted, text: more } = next()
      shown.push((restarted ? '' : (shown.at(-1) ?? '')) + more)
    }
    return { shown: shown.slice(0, 2), whole: shown[2] }
  })

const answers: [string, string, string][] = [
  ['words', 'Paris is the capital.', 'Paris is the capital.'],
  ['white space around it', '\n  Paris.\n\n', 'Paris.'],
  ['a tag of its own', '<b>Paris</b> is a city.', '<b>Paris</b> is a city.'],
  ['code', '```js\nlet a = 1\n```', '```js\nlet a = 1\n```'],
  ['thinking before it', '<think>It is Paris, or Lyon?</think>\n\nParis.', 'Paris.'],
  ['two blocks of thinking before it', '<think>a</think><reasoning>b</reasoning>Paris.', 'Paris.'],
  ['thinking in marks of Mistral', '[THINK]a[/THINK]Paris.', 'Paris.'],
  ['a word about thinking', 'A <think> block ends with </think>.', 'A <think> block ends with </think>.'],
  ['thinking that is never closed', '<think>It is Paris, or Lyon?', ''],
  ['thinking whose beginning is missing', 'Let me think.\n\n  </think>\n\nParis.', 'Paris.'],
  ['thinking alone, whose beginning is missing', 'Let me think.\n</think>', ''],
  [
    'an example of thinking',
    'Like so:\n<think>\na\n</think>\nand so on.',
    'Like so:\n<think>\na\n</think>\nand so on.',
  ],
  ['a list of links', '[a](b)\n[c](d)\n<e>', '[a](b)\n[c](d)\n<e>'],
  ['characters that cannot be seen or stored', 'Pa\u0000ri\u0007s\t1\n2', 'Paris\t1\n2'],
  ['half characters', 'Paris \ud83d, \ude42 and 🙂', 'Paris \ufffd, \ufffd and 🙂'],
  ['nothing', ' \n', ''],
]

test('what was shown is void when it turns out to be thinking', () => {
  const text = createAnswerText()
  const shown = ['Let me think', '.\n</thi', 'nk>', '\n', 'Paris', '.\n</think>\n'].map((piece) => text.push(piece))
  expect(shown.map((grown) => (grown.restarted ? '!' : '') + grown.text)).toEqual([
    ...['Let me think', '.', '', '!', 'Paris', '.\n</think>'],
  ])
})

describe('the text of an answer', () => {
  test.each(answers)('that has %s', (_what, content, text) => {
    expect(answerText(content)).toBe(text)
  })

  test.each(answers)(
    'is the same when it arrives in pieces, and shows nothing that it has not: %s',
    (_what, content, text) => {
      for (const { shown, whole } of grown(content)) {
        expect(whole).toBe(text)
        // What was shown of thinking is void by now.
        expect(text.startsWith(shown[1] ?? '') || content.startsWith('Let me think')).toBe(true)
      }
    },
  )

  test('is shown as soon as a word is there', () => {
    const text = createAnswerText()
    expect([text.push('Pa'), text.push('ris '), text.push('is')].map((grown) => grown.text)).toEqual([
      'Pa',
      'ris',
      ' is',
    ])
  })

  test.each([
    ['spaces', ' '],
    ['lines', '\n '],
    ['beginnings of tags', '\n <'],
    ['halves of characters', '\ud83d'],
  ])('of very many %s takes time in proportion to its length, at once and in pieces', (_what, unit) => {
    const begun = process.cpuUsage()
    answerText(`a${unit.repeat(50_000)}b`)
    const text = createAnswerText()
    for (let n = 0; n < 50_000; n++) text.push(unit)
    const { user, system } = process.cpuUsage(begun)
    expect((user + system) / 1000).toBeLessThan(1_500)
  })

  test('of long thinking takes time in proportion to its length', () => {
    const text = createAnswerText()
    text.push('<think>')
    const begun = process.cpuUsage()
    for (let n = 0; n < 20_000; n++) text.push('so it goes on ')
    const { user, system } = process.cpuUsage(begun)
    expect((user + system) / 1000).toBeLessThan(1_000)
    expect(text.push('</think>Paris.').text).toBe('Paris.')
  })
})
