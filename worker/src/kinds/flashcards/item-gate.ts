import type { Item, ItemGate } from '../kind.ts'
import type { GatedCard, GateInput } from './card.ts'
import { openGate } from './gate.ts'

/** A card as it is shown while the model writes. */
export const itemOf = ({ fingerprint, position: _, ...value }: GatedCard): Item => ({ key: fingerprint, value })

/** The gate for the cards of an answer that still arrives. It judges each of them as `gate` judges all. */
export const openItemGate = async (answered: Omit<GateInput, 'content'>): Promise<ItemGate> => {
  const { judge, wanted, most } = await openGate(answered)
  let judged = 0
  let passed = 0
  const isFull = () => passed === wanted || judged === most
  return {
    isFull,
    check: (element) => {
      if (isFull()) return null
      judged++
      const verdict = judge(element)
      if (typeof verdict === 'string') return null
      passed++
      return itemOf(verdict)
    },
  }
}
