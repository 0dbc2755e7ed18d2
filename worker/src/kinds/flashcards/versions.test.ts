import { promptVersions as ids } from '@recto/shared/generation'
import { expect, test } from 'vitest'
import { promptVersions } from './versions.ts'

test('prompt versions contain every version that the API accepts and no other string', () => {
  expect(Object.keys(promptVersions)).toEqual([...ids])
  for (const id of ids) expect(promptVersions[id]?.id).toBe(id)
  for (const id of ['constructor', '__proto__', 'flashcards@0']) expect(promptVersions[id]).toBeUndefined()
})
