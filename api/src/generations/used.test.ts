import { expect, test } from 'vitest'
import { exampleGeneration } from '../testing/example-generation.ts'
import { usedOf } from './used.ts'

test('usedOf tells what a generation has used once it has ended, and whether the cache answered it', () => {
  const ended = { ...exampleGeneration, status: 'succeeded' as const, cost_usd: '0.00012', ai_metadata: {} }
  const measured = { ...ended, tokens_input: 1000, tokens_output: 200 }
  expect(usedOf(measured)).toEqual({ tokens: 1200, costUsd: 0.00012, cached: false })
  expect(usedOf({ ...measured, ai_metadata: { cached: true } })).toMatchObject({ cached: true })
  expect(usedOf({ ...ended, status: 'failed', tokens_input: null, tokens_output: null })).toMatchObject({
    tokens: null,
  })
  expect(usedOf({ ...measured, status: 'running' })).toBeUndefined()
})
