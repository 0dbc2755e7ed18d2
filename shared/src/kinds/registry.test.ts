import { expect, test } from 'vitest'
import { flashcardsContract } from './flashcards/contract.ts'
import { defaultKind, kindContracts, registerKindContract } from './registry.ts'

test('the registry begins with the kind of a request that names none', () => {
  expect(kindContracts()[0]?.id).toBe(defaultKind)
})

test('the registry refuses a second contract of the same id', () => {
  expect(() => registerKindContract({ ...flashcardsContract })).toThrow(RangeError)
})

test.each(kindContracts())('the contract of $id offers its default prompt version', (contract) => {
  expect(contract.promptVersions).toContain(contract.defaultPromptVersion)
})
