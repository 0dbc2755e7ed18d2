import type { Card } from '@recto/client'
import type { ConsoleSystem } from './console-system.ts'

/** What tests of cards do as a made-up person, beside the page. */
export const cardOwner = async (web: ConsoleSystem, name: string) => {
  const { id, recto } = await web.person(name)
  const all = async (): Promise<Card[]> => {
    const cards: Card[] = []
    for await (const card of recto.cards.list()) cards.push(card)
    return cards
  }
  return { ...recto, id, all, fronts: async () => (await all()).map(({ front }) => front) }
}
