import { z } from 'zod'
import file from './models.json' with { type: 'json' }

const decimal = z.string().regex(/^\d+(\.\d+)?$/)

const Catalog = z
  .strictObject({
    aliases: z.record(z.string(), z.string()),
    models: z.array(
      z.strictObject({
        id: z.string().min(1),
        provider: z.literal('openrouter'),
        context_tokens: z.int().positive(),
        /** USD per million tokens: what a call is booked with when the provider does not say what it charged. */
        price: z.strictObject({ input_per_million: decimal, output_per_million: decimal }),
      }),
    ),
  })
  .refine(({ aliases, models }) => Object.values(aliases).every((id) => models.some((model) => model.id === id)), {
    message: 'an alias names a model that is not listed',
  })

const catalog = Catalog.parse(file)

export type Model = z.infer<typeof Catalog>['models'][number]

/** What a request gets that names no model; also the column's default in ai_generations. */
export const defaultModel = 'balanced'

/** Every name that `model` of a request may have: the aliases, then the ids. */
export const modelNames: readonly string[] = [...Object.keys(catalog.aliases), ...catalog.models.map(({ id }) => id)]

/** The model behind an alias or an id, or undefined when there is none. */
export const findModel = (name: string): Model | undefined => {
  const id = Object.hasOwn(catalog.aliases, name) ? catalog.aliases[name] : name
  return catalog.models.find((model) => model.id === id)
}
