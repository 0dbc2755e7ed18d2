import { createLog } from '@recto/shared/log'
import { expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { exampleAppDeps } from '../testing/example-app.ts'
import { exampleFinding } from '../testing/example-finding.ts'
import { exampleSuggestion } from '../testing/example-suggestion.ts'

const headers = { authorization: 'Bearer good', 'content-type': 'application/json' }

test.each([
  ['suggestion', exampleSuggestion],
  ['finding', exampleFinding],
])('the log event of a decision about a %s names its generation', async (what, reviewed) => {
  const lines: string[] = []
  const log = createLog('api', 'info', { write: (line) => lines.push(line) })
  const rows = JSON.stringify([reviewed])
  const app = createApp({ ...exampleAppDeps(), log, writeAs: async () => JSON.parse(rows) })
  const body = JSON.stringify({ action: 'reject', reason: 'wrong' })
  const answer = await app.request(`/api/ai/${what}s/${reviewed.id}`, { method: 'PATCH', headers, body })
  expect(answer.status).toBe(200)
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ status: 200, generation_id: reviewed.generation_id })
})
