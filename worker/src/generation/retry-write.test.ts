import pg from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { retryWrite } from './retry-write.ts'

const answered = (code: string) => Object.assign(new pg.DatabaseError('no', 0, 'error'), { code })

/** Fails with each of the errors in turn, then answers how often it was asked. */
const writeAfter = (errors: Error[]) => {
  let times = 0
  return async () => {
    const error = errors[times++]
    if (error) throw error
    return times
  }
}

test('retryWrite runs a write that succeeds once', async () => {
  expect(await retryWrite(writeAfter([]), 60_000)).toBe(1)
})

test.concurrent.for([
  ['a shut-down', answered('57P01')],
  ['a connection that was refused', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
  ['refusals at all addresses of a host', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })],
  ['a transaction that was left idle for too long', answered('25P03')],
  ['a deadlock', answered('40P01')],
] as const)('retryWrite repeats a write after %s', async ([, error]) => {
  expect(await retryWrite(writeAfter([error, error]), 60_000)).toBe(3)
})

test('retryWrite throws an error of a constraint at once', async () => {
  const refusal = answered('23505')
  await expect(retryWrite(writeAfter([refusal]), 60_000)).rejects.toBe(refusal)
})

test('retryWrite throws an error that is not of the database at once', async () => {
  const defect = new TypeError('undefined is not a function')
  await expect(retryWrite(writeAfter([defect]), 60_000)).rejects.toBe(defect)
})

test('retryWrite throws the last error when no time is left for another try', async () => {
  // Only the writes move this clock, by 60 ms each: after the second one, the pause of 100 ms would end too late.
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const errors = Array.from({ length: 9 }, () => answered('57P03'))
  const write = writeAfter(errors)
  const slowWrite = () => {
    vi.advanceTimersByTime(60)
    return write()
  }
  await expect(retryWrite(slowWrite, 200)).rejects.toBe(errors[1])
})
