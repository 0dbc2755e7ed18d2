import { type Card, type Client, createClient } from '@recto/client'
import type { ConsoleSystem } from './console-system.ts'

/** What tests of cards do as a made-up person, beside the page. */
export const cardOwner = async ({ system, api }: ConsoleSystem, name: string) => {
  const { id } = await system.supabase.addPerson(name)
  const token = await system.supabase.issueToken({ sub: id })
  const client: Client = createClient({ url: api.url, getToken: () => token })
  const all = async (): Promise<Card[]> => {
    const cards: Card[] = []
    for await (const card of client.cards.list()) cards.push(card)
    return cards
  }
  return { ...client, id, all, fronts: async () => (await all()).map(({ front }) => front) }
}
