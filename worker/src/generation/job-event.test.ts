import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exampleJob, exampleRun } from '../testing/example-run.ts'
import { jobEvent } from './job-event.ts'

test('docs/operations.md lists every field of the event of a job, and no other', () => {
  const docs = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
  const listed = [...docs.matchAll(/^\| (`.+?) \| (?:both|`job`) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  )
  const event = jobEvent(exampleJob, exampleRun(), { outcome: 'succeeded' }, 5)
  expect(Object.keys(event).toSorted()).toEqual(listed.toSorted())
})

test('jobEvent marks what a provider limited, and leaves open what is not known', () => {
  expect(jobEvent(exampleJob, null, { outcome: 'dismissed' }, 5)).toMatchObject({
    generation_id: exampleJob.id,
    user_id: null,
    trace_id: null,
    status: null,
    tokens_used: null,
    cost_usd: null,
    cached: false,
    rate_limited: false,
  })
  const used = { tokens: 1200, costUsd: '0.00012' }
  const failed = jobEvent(exampleJob, exampleRun(), { outcome: 'failed', code: 'rate_limited_upstream', used }, 5)
  expect(failed).toMatchObject({ status: 'failed', rate_limited: true, tokens_used: 1200, cost_usd: 0.00012 })
})
