import { chatContract } from './chat/contract.ts'
import { codeReviewContract } from './code-review/contract.ts'
import type { KindContract } from './contract.ts'
import { flashcardsContract } from './flashcards/contract.ts'
import { textContract } from './text/contract.ts'

const contracts = new Map<string, KindContract>()

/** The kind of a request that names none. */
export const defaultKind = flashcardsContract.id

/**
 * Adds a kind's contract. `node --import` can load a file that calls this before the API starts.
 * @throws RangeError when a contract has this id already
 */
export const registerKindContract = (contract: KindContract): void => {
  if (contracts.has(contract.id)) throw new RangeError(`there is a kind ${contract.id} already`)
  contracts.set(contract.id, contract)
}

/** Every contract, the default kind first. */
export const kindContracts = (): KindContract[] => [...contracts.values()]

for (const contract of [flashcardsContract, codeReviewContract, chatContract, textContract])
  registerKindContract(contract)
