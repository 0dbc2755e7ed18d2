import { expect, it } from 'vitest'
import { createSemaphore } from './semaphore.ts'

const piece = () => ({ ...Promise.withResolvers<void>(), begun: false })

/** Sends pieces through; each ends when its promise is resolved. */
const through = (wide: number, longestMs: number, count: number) => {
  const limit = createSemaphore(wide, longestMs)
  const pieces = Array.from({ length: count }, piece)
  const ended = pieces.map((one) =>
    limit(() => {
      one.begun = true
      return one.promise
    }),
  )
  return { pieces, ended, begun: () => pieces.map((one) => one.begun) }
}

it('lets in as many as it is wide, and the next when one has gone', async () => {
  const { pieces, ended, begun } = through(2, 60_000, 4)
  await Promise.resolve()
  expect(begun()).toEqual([true, true, false, false])
  pieces[1]?.resolve()
  await ended[1]
  await expect.poll(begun).toEqual([true, true, true, false])
  for (const one of pieces) one.resolve()
  await Promise.all(ended)
  expect(begun()).toEqual([true, true, true, true])
})

it('lets the next in when one fails, and tells its caller', async () => {
  const { pieces, ended, begun } = through(1, 60_000, 2)
  pieces[0]?.reject(new Error('broken'))
  await expect(ended[0]).rejects.toThrow('broken')
  await expect.poll(begun).toEqual([true, true])
  pieces[1]?.resolve()
  await ended[1]
})

it('does not wait for what hangs', async () => {
  const { pieces, ended, begun } = through(1, 5, 2)
  await expect.poll(begun).toEqual([true, true])
  for (const one of pieces) one.resolve()
  await Promise.all(ended)
})
