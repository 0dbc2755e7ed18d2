import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readOutput } from '../../llm/read-output.ts'
import { content } from '../../testing/answer-shapes.ts'
import { leastOf, longestTurn } from '../../testing/longest-turn.ts'
import { draftMark, draftOf, wrappings } from '../../testing/wrapped-answers.ts'
import { readGrowingCards } from './growing-cards.ts'
import { limits } from './limits.ts'
import { parse } from './parse.ts'

const cards = [
  { front: 'a "}" "quoted" {front', back: 'b\\', source_quote: 'c ```, ] }' },
  { front: 'é🙂', back: '[1] </think>', source_quote: '' },
  { front: '\ud83d\ude00\ud800 \u2028', back: '\\"\\\\" {"cards":[{}]}', source_quote: 'x' },
]
const whole = JSON.stringify({ cards })
const draft = draftOf([...'a draft'], 0)

/** The elements since the last restart, and whether there was one. */
const readPieces = (pieces: readonly string[]) => {
  const reader = readGrowingCards()
  let elements: unknown[] = []
  let restarts = 0
  for (const piece of pieces) {
    const grown = reader.push(piece)
    if (grown.restarted) {
      elements = []
      restarts++
    }
    elements.push(...grown.elements)
  }
  return { elements, restarts }
}
const read = (...pieces: string[]): unknown[] => readPieces(pieces).elements

/** What the worker makes of the whole answer, which has ended or was cut off; null when it cannot be used. */
const parsed = (answer: string, finish: 'stop' | 'length'): unknown[] | null => {
  const output = readOutput({ content: answer, finish }, parse, true)
  return output.ok ? output.value : null
}

const plain: [string, string][] = [
  ['an object', whole],
  ['a bare array', JSON.stringify(cards)],
  ['an indented object with a byte order mark', `\ufeff\n\n  ${JSON.stringify({ cards }, null, 2)}\n`],
  ['an object with more keys', JSON.stringify({ note: [{ cards: [1] }], n: -1.5e3, t: true, cards, after: {} })],
  ['an escaped key', whole.replace('"cards"', '"c\\u0061rds"')],
  ['a code fence', `\`\`\`json\n${whole}\n\`\`\``],
  ['a code fence without a language', `\`\`\`\n${JSON.stringify(cards)}\n\`\`\`\n`],
  ['thinking before it', `<think>\nPerhaps ${draft}, or [ { </thin\n</think>\n${whole}`],
  ['thinking inside of thinking before it', `<think><reasoning>x</reasoning>${draft}</think>${whole}`],
  ['thinking without its beginning before it', `Okay, perhaps ${draft}\n</think>\n\n${whole}`],
  ['thinking and a code fence', `[THINK]${draft}[/THINK]\n\`\`\`json\n${whole}\n\`\`\``],
  ['TeX with single backslashes', '{"cards":[{"front":"$\\alpha$","back":"\\\\beta"},{"front":"\\u00e9\\sum"}]}'],
]

/** Answers that are told from good ones late, or never. */
const hostile = [
  ...[`${whole}${whole}`, `${whole} That is all.`, `Here it is: ${whole}`, `${draft}\n</think>\n${whole}`],
  ...['{"cards":[{"a":1}],"cards":[{"b":2}]}', '{"cards":[{"a":1}],"c\\u0061rds":[{"b":2},{"c":3}'],
  ...[
    '[{"a":1},5,{"b":2}]',
    '[{"a":1},{"b":2},]',
    '[{"a":1} {"b":2}]',
    '[{"a":1},{b:2},{"c":3}',
    '[{"a":}]',
    '[{"a"]}]',
  ],
  ...['{"cards":{"a":[{"b":1}]}}', '{"note":{"cards":[{"a":1}]}}', '{"list":[{"a":1}]}', '{"cards":[]}', '[[{"a":1}]]'],
  ...[
    '{"cards":[{"a":"\\ud83d\\ude00"},{"a":"\\"}"},{"a":"\\\\"},{"a":"\\u005c"}]}',
    "{'cards':[{}]}",
    '["{}",{"a":1}]',
  ],
  ...[
    '[{"a":"</think>"},{"a":"<think>"},{"a":"```"}]',
    '{"x":"[{\\"","cards":[{"a":1}]}',
    '{"x":1,"cards" : [ {"a":1} ] }',
  ],
  ...['null', '', '{', '[', '```', '<', '[TOOL', '[think]', '`', '<think', '{"cards":[{"__proto__":{"a":1}}]}'],
  ...wrappings.map((wrap) => wrap(whole, draft)),
]

describe('whole cards of an answer that arrives in pieces', () => {
  test.each(plain)('are all that the answer has: %s', (_, answer) => {
    const found = parsed(answer, 'stop')
    expect(found?.length).toBeGreaterThan(0)
    expect([read(answer), read(...answer)]).toEqual([found, found])
    expect(JSON.stringify(found)).not.toContain(draftMark)
  })

  test('arrive with the bracket that closes them', () => {
    const reader = readGrowingCards()
    const arrived = [...whole].map((unit) => reader.push(unit).elements)
    const ends = cards.map((card) => whole.indexOf(JSON.stringify(card)) + JSON.stringify(card).length - 1)
    let at = -1
    for (const unit of [...whole].keys()) {
      at += [...whole][unit]?.length ?? 0
      const card = ends.indexOf(at)
      expect(arrived[unit]).toEqual(card === -1 ? [] : [cards[card]])
    }
  })

  test('are void when what they stand in turns out to be thinking, or another list has the same key', () => {
    expect(readPieces([draft, '\n</think>\n', whole])).toEqual({ elements: cards, restarts: 1 })
    expect(readPieces([`${draft}</th`, `ink>${whole}`])).toEqual({ elements: cards, restarts: 1 })
    expect(readPieces(['{"cards":[{"a":1}],', '"cards":[{"b":2}]}'])).toEqual({ elements: [], restarts: 1 })
  })

  test('are the same for every split of 200 answers, and the first ones that the whole answer has', () => {
    const some = fc.sample(content, { numRuns: 2000, seed: 14 }).filter((answer) => answer.length <= 900)
    const answers = [...plain.map(([, answer]) => answer), ...hostile, ...some].slice(0, 200)
    expect(answers).toHaveLength(200)
    let used = 0
    for (const answer of answers) {
      const found = read(answer)
      for (let at = 1; at < answer.length; at++) {
        const split = read(answer.slice(0, at), answer.slice(at))
        if (JSON.stringify(split) !== JSON.stringify(found)) expect(split, `${answer} at ${at}`).toEqual(found)
      }
      expect(read(...Array.from({ length: answer.length }, (_, at) => answer[at] ?? '')), answer).toEqual(found)
      for (const finish of ['stop', 'length'] as const) {
        const all = parsed(answer, finish)
        if (all) expect(found, `${finish}: ${answer}`).toEqual(all.slice(0, found.length))
        if (all && found.length > 0) used++
      }
    }
    expect(used).toBeGreaterThan(100)
  })

  test('are the first ones that a cut answer has, wherever it is cut', () => {
    for (const [, answer] of plain) {
      for (let at = 0; at < answer.length; at++) {
        const cut = answer.slice(0, at)
        const all = parsed(cut, 'length')
        if (all) expect(read(...cut), cut).toEqual(all.slice(0, read(cut).length))
      }
    }
  })

  test('are the first ones of any answer in any pieces', () => {
    fc.assert(
      fc.property(content, fc.array(fc.nat(), { maxLength: 6 }), (answer, cuts) => {
        const places = [0, ...cuts.map((cut) => cut % (answer.length + 1)).sort((a, b) => a - b), answer.length]
        const found = read(...places.slice(1).map((end, n) => answer.slice(places[n], end)))
        expect(found).toEqual(read(answer))
        for (const finish of ['stop', 'length'] as const) {
          const all = parsed(answer, finish)
          if (all) expect(found).toEqual(all.slice(0, found.length))
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('end with the most elements and characters that an answer may have', () => {
    expect(read(`[${'{},'.repeat(3000)}{}]`)).toHaveLength(limits.elements)
    const long = `[{"a":1},{"a":"${'x'.repeat(limits.answer)}"},{"a":2}]`
    expect([read(long), read(long.slice(0, 20), long.slice(20))]).toEqual([[], [{ a: 1 }]])
  })
})

describe('the time for a growing answer', () => {
  /** Milliseconds of CPU time for an answer of 240,000 characters. Reading from the start for each piece takes minutes. */
  const most = 250
  const pieces = [
    ...[
      '{"a":1},',
      '{',
      '[',
      '"',
      '\\',
      '{"a":"',
      '<think>',
      '</think>',
      '</think',
      '<|channel|>',
      '<a ',
      '<a>',
      '```',
    ],
    ...['a ', ' ', '[TOOL_CALLS]', '{}</think>', '[{},{}]</think>', '<|channel|>analysis<|message|>', '"cards":[{}],'],
  ]
  test.each(pieces)(`is under ${most} ms in pieces of 7 when it repeats %j`, async (piece) => {
    const repeated = piece.repeat(Math.ceil(limits.answer / piece.length)).slice(0, limits.answer)
    for (const start of ['', '[', '<think>', '{"cards":[', '{"x":"', 'a']) {
      const answer = start + repeated
      const time = () =>
        longestTurn(() => {
          const reader = readGrowingCards()
          for (let at = 0; at < answer.length; at += 7) reader.push(answer.slice(at, at + 7))
        })
      expect(await leastOf(most, time), start).toBeLessThan(most)
    }
  })
})
