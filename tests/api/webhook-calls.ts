import { z } from 'zod'
import type { ApiPerson } from './api-system.ts'
import type { Reply } from './client.ts'

export const webhooksPath = '/api/ai/webhooks'
export const webhookEvents = ['generation.succeeded', 'generation.failed', 'generation.cancelled', 'budget.alert']

export const Created = z.looseObject({ id: z.string(), secret: z.string(), public_key: z.string() })
export const Row = z.looseObject({ id: z.string() })
export const rowsOf = ({ json }: Reply) => z.object({ data: z.array(Row) }).parse(json).data

/** Adds a webhook at a path of its own. Throws on any answer but 201. */
export const addAt = async (origin: string, person: ApiPerson, body: object = {}) => {
  const hook = `/${crypto.randomUUID()}`
  const reply = await person.call('POST', webhooksPath, {
    body: { url: `${origin}${hook}`, events: webhookEvents, ...body },
  })
  if (reply.status !== 201) throw new Error(reply.text)
  return { ...Created.parse(reply.json), hook, reply }
}
