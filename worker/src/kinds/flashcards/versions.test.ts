import { promptVersions as ids } from '@recto/shared/generation'
import { expect, test } from 'vitest'
import { promptVersions } from './versions.ts'

test('every version that the API accepts is here, and no other string is', () => {
  expect(Object.keys(promptVersions)).toEqual([...ids])
  for (const id of ids) expect(promptVersions[id]?.id).toBe(id)
  for (const id of ['constructor', '__proto__', 'flashcards@0']) expect(promptVersions[id]).toBeUndefined()
})
