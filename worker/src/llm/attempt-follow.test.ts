import { expect, test } from 'vitest'
import { attemptWith, completeBody, stream } from '../testing/scripted-attempt.ts'
import { delta, type Reply, replyStream, replyWith } from '../testing/scripted-provider.ts'
import type { GrowingText } from './request.ts'

/** Follows the answer of one attempt: the texts that were seen in turn, and how it ended. */
const followed = async (reply: Reply) => {
  const seen: string[] = []
  const texts = new Set<GrowingText>()
  const ends: boolean[] = []
  const { attempt } = await attemptWith(reply, {
    follow: () => ({
      grew: (text) => {
        texts.add(text)
        if (seen.at(-1) !== text.content) seen.push(text.content)
      },
      ended: (usable) => void ends.push(usable),
    }),
  })
  return { attempt, seen, texts: texts.size, ends }
}

test('who follows an answer sees one text grow, and then that the answer can be used', async () => {
  const { attempt, seen, texts, ends } = await followed(stream(delta('[1,'), delta('2'), delta(']', 'stop')))
  expect(attempt.outcome).toMatchObject({ ok: true, value: [1, 2] })
  expect([seen, texts, ends]).toEqual([['[1,', '[1,2', '[1,2]'], 1, [true]])
})

test.each<[string, Reply, string[]]>([
  ['that breaks', replyStream([delta('[1,')], 'cut'), ['[1,']],
  ['that is not what was asked for', stream(delta('Sorry.', 'stop')), ['Sorry.']],
  ['that is refused', replyWith(429, { error: { message: 'no' } }), []],
])('who follows an answer %s is told that it cannot be used', async (_, reply, all) => {
  const { seen, ends } = await followed(reply)
  expect([seen, ends]).toEqual([all, [false]])
})

test('who follows an answer in one piece is told only that it can be used', async () => {
  const { seen, ends } = await followed(replyWith(200, completeBody('[1]', 'stop')))
  expect([seen, ends]).toEqual([[], [true]])
})
