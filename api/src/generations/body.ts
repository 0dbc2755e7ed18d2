import { z } from '@hono/zod-openapi'
import { AccountId } from '@recto/shared/account-id'
import { type Catalog, DataResidency, defaultModel, modelNames } from '@recto/shared/catalog'
import { AppError } from '@recto/shared/errors'
import type { NewGeneration } from '@recto/shared/generation'
import type { KindContract } from '@recto/shared/kinds/contract'
import { defaultKind } from '@recto/shared/kinds/registry'
import { createMiddleware } from 'hono/factory'

/** The fields that a submission of any kind has. */
const commonFields = (catalog: Catalog) => ({
  model: z
    .string()
    .min(1)
    .max(200)
    .default(defaultModel)
    .openapi({ examples: modelNames(catalog) }),
  data_residency: DataResidency.default('any').openapi({
    description: '`eu`: the text is sent to no provider outside the European Union, whatever happens to those inside.',
  }),
  account_id: AccountId.optional().openapi({
    format: 'uuid',
    description: 'The account that is limited and billed: a team of the caller. Without it, the caller’s own account.',
  }),
})

const kindField = (id: string) =>
  id === defaultKind ? z.literal(id).default(id).openapi({ description: 'What is generated.' }) : z.literal(id)

const bodyOfKind = (catalog: Catalog, { id, input, options, defaultPromptVersion }: KindContract) =>
  z
    .strictObject({
      kind: kindField(id),
      ...input.shape,
      ...commonFields(catalog),
      prompt_version: z.string().min(1).max(100).default(defaultPromptVersion),
      options: options.default({}),
    })
    .meta({ id: id === defaultKind ? 'NewGeneration' : `NewGeneration_${id}` })

/** A body that was validated. Fields beside the common ones are the input of its kind. */
type Body = Omit<NewGeneration, 'input'> & Record<string, unknown>

/** The body of a submission. That model and prompt version exist is checked later, with codes of their own. */
export const submissionBody = (catalog: Catalog, contracts: readonly KindContract[]): z.ZodType<Body> => {
  const [first, ...others] = contracts.map((contract) => bodyOfKind(catalog, contract))
  if (!first) throw new RangeError('there is no kind of generation')
  return others.length === 0 ? first : z.union([first, ...others])
}

/** Separates the input of the kind from the fields that every kind has. */
export const newGenerationOf = ({
  kind,
  model,
  prompt_version,
  options,
  data_residency,
  account_id,
  ...input
}: Body): NewGeneration => ({ kind, input, model, prompt_version, options, data_residency, account_id })

/** Rejects a kind that is not known (400), before its fields are validated as those of another kind. */
export const requireKnownKind = (contracts: readonly KindContract[]) =>
  createMiddleware(async (c, next) => {
    const body: unknown = await c.req.json().catch(() => null)
    const kind = typeof body === 'object' && body !== null && 'kind' in body ? body.kind : undefined
    if (typeof kind === 'string' && !contracts.some(({ id }) => id === kind))
      throw new AppError('unknown_kind', `The kinds are: ${contracts.map(({ id }) => id).join(', ')}.`)
    await next()
  })
