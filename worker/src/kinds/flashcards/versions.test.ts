import { flashcardsVersions } from '@recto/shared/kinds/flashcards/flashcards'
import { expect, test } from 'vitest'
import { flashcards } from './kind.ts'
import { promptVersions } from './versions.ts'

const stored = { sourceText: 'The tower is 42 metres high.', input: null, options: {} }

test('the worker has every prompt version that the API accepts, and no other', () => {
  expect(Object.keys(promptVersions)).toEqual([...flashcardsVersions])
})

test.each(flashcardsVersions)('the kind prepares a run of %s', (promptVersion) => {
  expect(flashcards.prepare({ ...stored, promptVersion })).toMatchObject({ ok: true })
})

test.each(['constructor', '__proto__', 'flashcards@0'])('the kind has no prompt version %s', (promptVersion) => {
  expect(flashcards.prepare({ ...stored, promptVersion })).toEqual({ ok: false, code: 'unknown_prompt_version' })
})
