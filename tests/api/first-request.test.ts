import { until } from '@recto/local/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type System, startSystem } from '../support/system.ts'
import { newText } from '../support/text.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

test('a new API process accepts the first submission that finds it listening', async () => {
  const api = await system.startApi({}, { ready: false })
  const ana = await system.person(api)
  // As a proxy does that has an answer to wait for.
  let status = 0
  const answered = async () => {
    status = await ana.submit({ source_text: newText() }).then(
      (answer) => answer.status,
      () => 0,
    )
    return status > 0
  }
  await until(answered, { what: 'the first answer', timeoutMs: 30_000, everyMs: 5 })
  expect(status).toBe(202)
})
