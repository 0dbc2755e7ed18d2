import { kindContracts } from '@recto/shared/kinds/registry'
import { expect, test } from 'vitest'
import { flashcards } from './flashcards/kind.ts'
import { findKind, registerKind } from './registry.ts'

test('the registry has every kind that the API accepts, with its default prompt version', () => {
  for (const { id, defaultPromptVersion } of kindContracts()) {
    const input = { sourceText: 'A text.', input: null, options: {}, promptVersion: defaultPromptVersion }
    // Of another kind, this is no input.
    expect(findKind(id)?.prepare(input)).toMatchObject(id === 'flashcards' ? { ok: true } : { code: 'invalid_input' })
  }
})

test.each(['constructor', '__proto__', ''])('the registry has no kind %j', (id) => {
  expect(findKind(id)).toBeUndefined()
})

test('the registry refuses a second kind of the same id', () => {
  expect(() => registerKind({ ...flashcards })).toThrow(RangeError)
  expect(findKind('flashcards')).toBe(flashcards)
})
