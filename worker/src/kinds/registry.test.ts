import { kindContracts } from '@recto/shared/kinds/registry'
import { expect, test } from 'vitest'
import { flashcards } from './flashcards/kind.ts'
import { findKind, registerKind } from './registry.ts'

/** The columns of an input of each kind. */
const inputs: Record<string, object> = {
  flashcards: { sourceText: 'A text.' },
  code_review: { input: { source_code: 'a == b' } },
  chat: { input: { messages: [{ role: 'user', content: 'Hello' }] } },
  text: { input: { use_case: 'summary', input: 'A text.' } },
}

test('the registry has every kind that the API accepts, with its default prompt version', () => {
  for (const { id, defaultPromptVersion } of kindContracts()) {
    const stored = { sourceText: null, input: null, options: {}, promptVersion: defaultPromptVersion }
    expect([id, findKind(id)?.prepare({ ...stored, ...inputs[id] })]).toMatchObject([id, { ok: true }])
  }
})

test.each(['constructor', '__proto__', ''])('the registry has no kind %j', (id) => {
  expect(findKind(id)).toBeUndefined()
})

test('the registry refuses a second kind of the same id', () => {
  expect(() => registerKind({ ...flashcards })).toThrow(RangeError)
  expect(findKind('flashcards')).toBe(flashcards)
})
