import { z } from 'zod'
import type { Send } from '../client.ts'

const Parameter = z.looseObject({ name: z.string(), in: z.string() })
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ parameters: z.array(Parameter).default([]) }))),
})

export type Operation = { method: string; path: string; parameters: { name: string; in: string }[] }

/** Every operation of the OpenAPI document with its parameters. Methods are in capitals. */
export const operationsOf = async (send: Send): Promise<Operation[]> => {
  const { paths } = Document.parse((await send('GET', '/openapi.json')).json)
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters }]) => ({ method: method.toUpperCase(), path, parameters })),
  )
}
