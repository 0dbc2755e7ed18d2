import { expect, test } from 'vitest'
import page from '../../../../docs/operations.md?raw'
import { runbookOf, runbookTopics } from './runbook.ts'

test.each(runbookTopics)('the page of operations says what to do about %s', (topic, words) => {
  expect(page).toContain(words)
  expect(runbookOf(topic)).toMatch(/operations.*#:~:text=[^-]+$/)
})

test.each(['timeout', 'constructor'])('of %s it says nothing', (topic) => {
  expect(runbookOf(topic)).toBeNull()
})
