import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { calls, costOf, makeRetryDue, suggestions, whenOver } from '../support/generations.ts'
import { createSubmitter, type Submitter } from '../support/submitter.ts'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'
import { unproved } from './proved-cards.ts'

let system: System
let submitter: Submitter

beforeAll(async () => {
  system = await startSystem()
  submitter = await createSubmitter(system)
  await system.startWorker()
  system.model.setScript([
    { match: { text: 'says-malformed-twice' }, times: 2, content: 'Sure!' },
    { match: { text: 'says-unknown-end' }, finish_reason: 'because' },
    { match: { text: 'says-malformed-again' }, times: 1, content: 'Sure!' },
    { match: { text: 'says-malformed-again' }, times: 1, status: 429, headers: { 'retry-after': '30' }, body: {} },
    { match: { text: 'says-malformed-again' }, times: 1, content: 'Sure!' },
    { match: { text: 'says-nothing' }, content: '{"cards": []}' },
    { match: { text: 'says-unproved' }, content: JSON.stringify({ cards: unproved }) },
  ])
})
afterAll(() => system?.stop())

/** Runs a text on a model with one route. Its marker chooses the step of the script of the model server. */
const run = async (marker: string) => {
  const id = await submitter.submit(await system.person(), {
    model: 'openai/gpt-oss-120b',
    source_text: newText({ marker }),
  })
  const over = await whenOver(system, id, 20_000, () => makeRetryDue(system, id))
  return { id, over, calls: await calls(system, id), cards: await suggestions(system, id) }
}

describe.concurrent('a generation whose answers cannot be used', () => {
  test.for(['says-malformed-twice', 'says-unknown-end'])('fails after one repeat: %s', async (marker) => {
    const { over, calls: made } = await run(marker)
    expect(over).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'malformed_response' } })
    expect(made.map(({ outcome }) => outcome)).toEqual(['malformed_response', 'malformed_response'])
  })

  test('fails after one repeat in a later delivery', async () => {
    const { over, calls: made } = await run('says-malformed-again')
    expect(over).toMatchObject({ status: 'failed', attempts: 2, error: { code: 'malformed_response' } })
    expect(made.map(({ outcome, attempt }) => [outcome, attempt])).toEqual([
      ['malformed_response', 1],
      ['rate_limited', 1],
      ['malformed_response', 2],
    ])
  })
})

describe.concurrent('a generation without a usable card', () => {
  test('fails and counts the dropped cards', async () => {
    const { over, cards } = await run('says-unproved')
    expect(over).toMatchObject({
      status: 'failed',
      error: { code: 'no_usable_cards', retryable: true, dropped: { ungrounded: 1, too_long: 1, invalid_shape: 1 } },
    })
    expect(cards).toEqual([])
  })

  test('fails with its cost when the model returns no cards', async () => {
    const { id, over } = await run('says-nothing')
    const [call] = await calls(system, id)
    expect(call?.provider_request_id).not.toBeNull()
    expect(over).toMatchObject({
      status: 'failed',
      error: {
        ...{ code: 'no_usable_cards', dropped: {}, provider: call?.provider },
        ...{ http_status: call?.http_status, provider_request_id: call?.provider_request_id },
      },
    })
    expect(Number(over.cost_usd)).toBeGreaterThan(0)
    expect(over.cost_usd).toBe(await costOf(system, id))
  })
})
