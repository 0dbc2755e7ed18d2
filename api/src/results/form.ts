import type { Generation } from '@recto/shared/generation'
import type { Caller } from '../auth/verify-token.ts'
import type { ReadAs } from '../db/read-as.ts'

/** What the result of any kind says of its generation. `grounded`: what the contract of the kind says. */
export type ResultHead = Pick<Generation, 'kind' | 'model' | 'prompt_version' | 'created_at' | 'finished_at'> & {
  generation_id: string
  /** What the provider says that it was, where it says so. */
  model_served: string | null
  grounded: true | null
}

/** A way to write a result beside JSON. */
export type Format<Fields> = { contentType: string; write(document: ResultHead & Fields): string }

/** How the results of a kind are answered. `Fields` are those that only this kind has. */
export type ResultForm<Fields extends object> = {
  kind: string
  /** Undefined when the caller sees no such generation any more. */
  read(readAs: ReadAs, caller: Caller, generationId: string): Promise<Fields | undefined>
  /** By the value of `?format=`. Every kind has `json`. */
  formats: Readonly<Record<string, Format<Fields>>>
}

export type WrittenResult = { contentType: string; body: string }

/** A form with the type of its fields closed over. */
export type AnyResultForm = {
  kind: string
  formats: readonly string[]
  /** Undefined when the caller sees no such generation any more. */
  write(readAs: ReadAs, caller: Caller, head: ResultHead, format: string): Promise<WrittenResult | undefined>
}

/** @throws RangeError for a format of the name `json`, which is the document itself */
export const defineResultForm = <Fields extends object>({ kind, read, formats }: ResultForm<Fields>): AnyResultForm => {
  if (Object.hasOwn(formats, 'json')) throw new RangeError(`the kind ${kind} may not have a format json of its own`)
  const writers = new Map<string, Format<Fields>>([
    ['json', { contentType: 'application/json', write: (document) => JSON.stringify(document) }],
    ...Object.entries(formats),
  ])
  return {
    kind,
    formats: [...writers.keys()],
    write: async (readAs, caller, head, format) => {
      const writer = writers.get(format)
      if (!writer) throw new RangeError(`the kind ${kind} has no format ${format}`)
      const fields = await read(readAs, caller, head.generation_id)
      return fields && { contentType: writer.contentType, body: writer.write({ ...head, ...fields }) }
    },
  }
}
