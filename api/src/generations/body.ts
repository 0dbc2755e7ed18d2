import { z } from '@hono/zod-openapi'
import { AccountId } from '@recto/shared/account-id'
import { type Catalog, DataResidency, defaultModel, modelNames } from '@recto/shared/catalog'
import { AppError } from '@recto/shared/errors'
import { type NewGeneration, Optimize } from '@recto/shared/generation'
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
  optimize: Optimize.optional().openapi({
    description:
      'What the routes of the model are ordered by: the cheapest, the best or the fastest is asked first. Without it, as the deployment orders them.',
  }),
  max_total_tokens: z.int().min(1).max(10_000_000).optional().openapi({
    description: 'The most tokens that all requests to providers may use together, read and written.',
  }),
  account_id: AccountId.optional().openapi({
    format: 'uuid',
    description: 'The account that is limited and billed: a team of the caller. Without it, the caller’s own account.',
  }),
})

/** Optional inside of its default, so that a body without a kind is recognised as one of the default kind. */
const kindField = (id: string) =>
  id === defaultKind
    ? z.literal(id).optional().default(id).openapi({ description: 'What is generated.' })
    : z.literal(id)

const schemaName = (id: string): string => (id === defaultKind ? 'NewGeneration' : `NewGeneration_${id}`)

/**
 * The fields of a submission of a kind, without the kind.
 * @throws RangeError when a field of the kind has the name of a field that every kind has
 */
export const fieldsOfKind = (catalog: Catalog, { id, input, options, defaultPromptVersion }: KindContract) => {
  const fields = {
    ...commonFields(catalog),
    prompt_version: z.string().min(1).max(100).default(defaultPromptVersion),
    options: options.default({}),
  }
  const taken = Object.keys(input.shape).filter((name) => name === 'kind' || Object.hasOwn(fields, name))
  if (taken.length > 0) throw new RangeError(`the kind ${id} may not have fields of these names: ${taken.join(', ')}`)
  return { ...input.shape, ...fields }
}

const bodyOfKind = (catalog: Catalog, contract: KindContract) => {
  const { id, input } = contract
  const body = z.strictObject({ kind: kindField(id), ...fieldsOfKind(catalog, contract) })
  // The refinements of the input, which see fields that are right by themselves.
  const refined = body.superRefine((sent, context) => {
    if (context.issues.length > 0) return
    const own = Object.fromEntries(Object.keys(input.shape).map((name) => [name, Reflect.get(sent, name)]))
    for (const { path, message } of input.safeParse(own).error?.issues ?? [])
      context.addIssue({ code: 'custom', path, message })
  })
  return (input.def.checks?.length ? refined : body).meta({ id: schemaName(id) })
}

/** A body that was validated. Fields beside the common ones are the input of its kind. */
type Body = Omit<NewGeneration, 'input'> & Record<string, unknown>

/** The body of a submission. That model and prompt version exist is checked later, with codes of their own. */
export const submissionBody = (catalog: Catalog, contracts: readonly KindContract[]): z.ZodType<Body> => {
  const [first, ...others] = contracts.map((contract) => bodyOfKind(catalog, contract))
  if (!first) throw new RangeError('there is no kind of generation')
  if (others.length === 0) return first
  const schemas = contracts.map(({ id }) => [id, `#/components/schemas/${schemaName(id)}`])
  // By the kind, so that an error names the field of that kind and not only that no kind has such a body.
  return z.discriminatedUnion('kind', [first, ...others]).openapi({
    discriminator: { propertyName: 'kind', mapping: Object.fromEntries(schemas) },
  })
}

/** Separates the input of the kind from the fields that every kind has. */
export const newGenerationOf = ({
  kind,
  model,
  prompt_version,
  options,
  data_residency,
  optimize,
  max_total_tokens,
  account_id,
  ...input
}: Body): NewGeneration => ({
  kind,
  input,
  model,
  prompt_version,
  options,
  data_residency,
  optimize,
  max_total_tokens,
  account_id,
})

/** Rejects a kind that is not known (400), before its fields are validated as those of another kind. */
export const requireKnownKind = (contracts: readonly KindContract[]) =>
  createMiddleware(async (c, next) => {
    const body: unknown = await c.req.json().catch(() => null)
    const kind = typeof body === 'object' && body !== null && 'kind' in body ? body.kind : undefined
    if (typeof kind === 'string' && !contracts.some(({ id }) => id === kind))
      throw new AppError('unknown_kind', `The kinds are: ${contracts.map(({ id }) => id).join(', ')}.`)
    await next()
  })
