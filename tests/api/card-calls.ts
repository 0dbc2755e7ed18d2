import { z } from 'zod'
import type { ApiPerson } from './api-system.ts'

export const cardsPath = '/api/cards'
const CardRow = z.looseObject({ id: z.string(), front: z.string(), created_at: z.string(), updated_at: z.string() })
export const Page = z.object({ data: z.array(CardRow), next_cursor: z.string().nullable() })

/** Adds a card as a person. */
export const createCard = async (by: ApiPerson, card: object = {}) => {
  const reply = await by.call('POST', cardsPath, { body: { front: 'Front', back: 'Back', ...card } })
  return { ...CardRow.parse(reply.json), reply, etag: reply.headers.get('etag') ?? '' }
}
/** A page of a person’s cards. `query` begins with `?`. */
export const pageOf = async (by: ApiPerson, query = '') =>
  Page.parse((await by.call('GET', `${cardsPath}${query}`)).json)
export const frontsOf = async (by: ApiPerson, query = '') => (await pageOf(by, query)).data.map(({ front }) => front)
