import { AuthApiError, AuthRetryableFetchError } from '@supabase/auth-js'
import { expect, test } from 'vitest'
import { patientToken } from './patient-token.ts'

const away = new AuthRetryableFetchError('Failed to fetch', 0)

/** Answers each of these in turn: an error is thrown. */
const answering = (answers: (string | Error)[]) => {
  const asked: (string | undefined)[] = []
  const pauses: number[] = []
  const getToken = async (rejected?: string) => {
    asked.push(rejected)
    const answer = answers.shift() ?? new Error('asked too often')
    if (answer instanceof Error) throw answer
    return answer
  }
  const patient = patientToken(getToken, async (ms) => void pauses.push(ms))
  return { patient, asked, pauses }
}

test('a token is asked for until Supabase Auth is back, once for all who want one', async () => {
  const { patient, asked, pauses } = answering([away, away, away, away, 'new', 'next'])
  expect(await Promise.all([patient('old'), patient()])).toEqual(['new', 'new'])
  expect(asked).toHaveLength(5)
  expect(pauses).toEqual([2000, 2000, 2000])
  expect(await patient()).toBe('next')
})

test('a session that has ended is not waited for', async () => {
  const ended = new AuthApiError('Invalid Refresh Token', 400, 'refresh_token_not_found')
  const { patient, pauses } = answering([ended, away, ended])
  await expect(patient()).rejects.toBe(ended)
  await expect(patient()).rejects.toBe(ended)
  expect(pauses).toEqual([2000])
})
