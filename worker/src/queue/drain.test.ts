import { expect, test } from 'vitest'
import { type DrainDeps, drain } from './drain.ts'

const never = () => new Promise<never>(() => undefined)

/** A worker that has nothing to do, except for what the test says. */
const drained = (deps: Partial<DrainDeps>, signal = new AbortController().signal) =>
  drain(
    {
      maintain: async () => undefined,
      recover: async () => undefined,
      isIdle: () => true,
      isAnythingDue: async () => false,
      wake: () => undefined,
      clock: { sleep: async () => undefined },
      ...deps,
    },
    signal,
  )

test('a queue without anything due is drained', async () => {
  expect(await drained({})).toBe(true)
})

test('the worker is woken as often as something is due, and left alone while it runs', async () => {
  const [due, idle] = [
    [true, true, false],
    [true, false, true, true, true],
  ]
  let woken = 0
  const wake = () => {
    woken++
  }
  expect(
    await drained({ isAnythingDue: async () => due.shift() ?? false, isIdle: () => idle.shift() ?? true, wake }),
  ).toBe(true)
  expect(woken).toBe(2)
})

test.each(['maintain', 'recover', 'isAnythingDue'] as const)(
  'the end of the time ends it while %s hangs',
  async (part) => {
    const time = new AbortController()
    const hanging = drained({ [part]: never }, time.signal)
    time.abort()
    expect(await hanging).toBe(false)
  },
)
