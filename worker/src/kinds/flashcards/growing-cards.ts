import { createGrowingJson } from '../../llm/wire/growing-json.ts'
import { createGrowingList, type GrownList } from '../growing-list.ts'
import { parseJson } from '../parse-json.ts'
import { limits } from './limits.ts'

const newList = () =>
  createGrowingList({ key: 'cards', most: limits.elements, longest: limits.answer, parseElement: parseJson })

/**
 * Reads whole cards from an answer that arrives in pieces. Those since the last restart are the first ones that `parse`
 * finds in the whole answer, if the answer can be used. Its time is proportional to the length of the answer.
 */
export const readGrowingCards = (): { push(text: string): GrownList } => {
  const json = createGrowingJson()
  let list = newList()
  return {
    push: (text) => {
      const found = json.push(text)
      if (found.restarted) list = newList()
      const { restarted, elements } = list.push(found.json)
      return { restarted: restarted || found.restarted, elements }
    },
  }
}
