import { z } from 'zod'
import type { Reply } from './client.ts'

export const List = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      aliases: z.array(z.string()),
      regions: z.array(z.string()),
      available: z.boolean(),
      allowed: z.boolean(),
    }),
  ),
  aliases: z.array(
    z.object({ name: z.string(), models: z.array(z.string()), available: z.boolean(), allowed: z.boolean() }),
  ),
  default: z.string().nullable(),
})
export const listOf = ({ json }: Reply) => List.parse(json)
export const regionsIn = (list: z.infer<typeof List>) =>
  [...new Set(list.data.flatMap(({ regions }) => regions))].toSorted()
