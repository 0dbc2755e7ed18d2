import { expect, test } from 'vitest'
import { cache } from './cache.ts'

test('cache serves a value until it is stale, and longer while loading fails', async () => {
  let time = 0
  let value: string | Error = new Error('away')
  const loaded: string[] = []
  const read = cache(
    async () => {
      if (value instanceof Error) throw value
      loaded.push(value)
      return value
    },
    1000,
    () => time,
  )
  await expect(read()).rejects.toThrow('away')
  value = 'one'
  expect(await read()).toBe('one')
  value = 'two'
  time = 999
  expect(await read()).toBe('one')
  time = 1000
  expect(await read()).toBe('two')
  value = new Error('away')
  time = 2000
  expect(await read()).toBe('two')
  value = 'three'
  time = 2099
  expect(await read()).toBe('two')
  time = 2100
  expect(await read()).toBe('three')
  expect(loaded).toEqual(['one', 'two', 'three'])
})
