import { expect, test } from 'vitest'
import { leastOf, longestTurn } from '../../../testing/longest-turn.ts'
import { type Edit, findBroken } from './find-broken.ts'

const edit = (key: number, replacement: string, { lines = ['a()'], path = `${key}.ts` } = {}): Edit => ({
  ...{ key, replacement, place: { start: 1, end: 1 } },
  file: { path, lines },
})

/** Each of them takes the parser more than half a minute. */
const bombs = ['async<T>(', '<T>(', 'f<T>('].map((text) => text.repeat(18))
const [bomb = ''] = bombs

const ample = { cpuMs: 60_000, deadlineMs: 120_000 }

test('texts that are nested a hundred thousand times leave the parser whole for the others', async () => {
  const deep = ['(', '[', '{', '<a>', '`${', '!', 'f(', 'a?.b+'].map((text) => text.repeat(100_000))
  const replaced = deep.map((text, n) => edit(n, text, { path: `${n}.tsx` }))
  const whole = deep.map((text, n) => edit(n + 10, 'a(', { lines: [text], path: `${n + 10}.tsx` }))
  expect(await findBroken([...replaced, ...whole, edit(98, 'b()'), edit(99, 'a(')], ample)).toEqual(new Set([99]))
}, 120_000)

test.each(bombs)(
  'a text that takes minutes to parse ends with its time, and breaks nothing: %s',
  async (text) => {
    const limits = { ...ample, cpuMs: 800 }
    expect(await findBroken([edit(1, 'a('), edit(2, text), edit(3, 'a(')], limits)).toEqual(new Set([1]))
  },
  60_000,
)

test('a file that takes minutes to parse ends with its time too', async () => {
  expect(await findBroken([edit(1, 'a(', { lines: [bomb] })], { ...ample, cpuMs: 300 })).toEqual(new Set())
})

test('the event loop runs while a text is parsed that takes minutes', async () => {
  const limits = { ...ample, cpuMs: 300 }
  const turn = await leastOf(40, () => longestTurn(() => findBroken([edit(1, bomb)], limits)))
  expect(turn).toBeLessThan(40)
})

test('a review that waits for others gives up with its own deadline', async () => {
  const limits = { ...ample, deadlineMs: 300 }
  const others = Array.from({ length: 20 }, (_, n) => findBroken([edit(n, bomb)], limits))
  expect(await findBroken([edit(1, 'a(')], limits)).toEqual(new Set())
  expect(await Promise.all(others)).toEqual(others.map(() => new Set()))
})

test('a text for which the parser lacks memory breaks nothing', async () => {
  const objects = `[${'{},'.repeat(500_000)}`
  expect(await findBroken([edit(1, 'a('), edit(2, objects)], ample)).toEqual(new Set([1]))
}, 120_000)
