import { describe, expect, test } from 'vitest'
import { leastOf, longestTurn } from '../testing/longest-turn.ts'
import { restoreAnswer } from './restore-answer.ts'
import { scrubTexts } from './scrub.ts'

const source = Array.from({ length: 300 }, (_, n) => `pupil.${n}@school.example`).join(' ')
const outgoing = scrubTexts([source])
const marks = '[EMAIL_1][EMAIL_2][EMAIL_3]'

describe('restoreAnswer', () => {
  test('puts the values back into every element, and drops those with a placeholder that the source has not', async () => {
    const elements = [{ front: 'Who is [EMAIL_2]?' }, { front: 'And [EMAIL_301]?' }, 'none']
    expect(await restoreAnswer(elements, outgoing, [source])).toEqual({
      kept: [{ front: 'Who is pupil.1@school.example?' }, 'none'],
      unknown: 1,
    })
  })

  test('returns the elements as they are when nothing was replaced in the source', async () => {
    const elements = [{ front: 'Who is [EMAIL_2]?' }]
    expect(await restoreAnswer(elements, scrubTexts(['No value.']), ['No value.'])).toEqual({
      kept: elements,
      unknown: 0,
    })
  })

  test.each([
    [
      '2,000 elements full of placeholders',
      Array.from({ length: 2000 }, () => ({ front: marks.repeat(8), back: marks.repeat(20) })),
    ],
    [
      '2,000 elements full of brackets',
      Array.from({ length: 2000 }, () => ({ front: '['.repeat(400), back: '[ email 1'.repeat(60) })),
    ],
    ['an element of 200,000 texts', [Array.from({ length: 200_000 }, () => '[EMAIL_1]')]],
    [
      'an element of 20,000 keys',
      [Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, '[EMAIL_1]']))],
    ],
    [
      '2,000 deep elements',
      Array.from({ length: 2000 }, () => JSON.parse(`${'['.repeat(60)}"[EMAIL_1]"${']'.repeat(60)}`) as unknown),
    ],
  ])('stays under 20 ms in one turn of the event loop for %s', async (_, elements) => {
    const time = () => longestTurn(() => restoreAnswer(elements, outgoing, [source]))
    expect(await leastOf(20, time)).toBeLessThan(20)
  })

  test('stops restoring when a model repeats a long value thousands of times, and drops what is left', async () => {
    const key = `-----BEGIN ${'PRIVATE KEY-----'}\n${'MIIEvQIBADANBgkq'.repeat(500)}\n-----END PRIVATE KEY-----`
    const long = scrubTexts([key])
    const elements = Array.from({ length: 2000 }, () => ({ front: '[API_KEY_1]'.repeat(10) }))
    const { kept, unknown } = await restoreAnswer(elements, long, [key])
    expect(kept.length + unknown).toBe(2000)
    expect(JSON.stringify(kept).length).toBeLessThan(5_000_000)
  })
})
