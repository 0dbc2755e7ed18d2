import { z } from 'zod'
import bundled from './models.json' with { type: 'json' }
import { isSetting } from './reserved-variables.ts'

const decimal = z.string().regex(/^\d+(\.\d+)?$/, 'must be a decimal number in a string')
const positive = decimal.refine((text) => Number(text) > 0, 'must be above 0')
const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'must be lower case letters, digits, - and _')
const id = z.string().min(1).max(200)
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of an environment variable')
const milliseconds = z.int().min(1).max(600_000)
const currency = z.string().regex(/^[A-Z]{3}$/, 'must be a currency such as EUR')

/** Fields that some providers do not accept in a request. */
const omittable = z.enum(['temperature', 'stream_options', 'response_format'])

/** How requests to a provider, or to one of its models, differ from OpenAI's. `extra` is merged into the body. */
const Quirks = z.strictObject({
  omit: z.array(omittable).default([]),
  tokens_field: z.enum(['max_completion_tokens', 'max_tokens']).optional(),
  extra: z.record(z.string(), z.json()).default({}),
})

const Provider = z.strictObject({
  /** Without the endpoint `/chat/completions`. The environment variable `<NAME>_BASE_URL` replaces it. */
  base_url: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  /** Where the provider processes texts. Only `eu` satisfies the residency `eu`. */
  region: name,
  /** For a provider with an address for each project. The first of the environment variables that is set has the id. */
  project: z
    .strictObject({
      variables: z.array(variable).min(1),
      base_url: z.url({ protocol: /^https?$/ }).includes('{project}'),
    })
    .optional(),
  key_variable: variable,
  headers: z.record(z.string(), z.string()).default({}),
  quirks: Quirks.prefault({}),
  /** Milliseconds. Without one, the worker's MODEL_*_MS applies. */
  timeouts: z
    .strictObject({ first_token_ms: milliseconds, gap_ms: milliseconds, total_ms: milliseconds })
    .partial()
    .default({}),
  /** Whether `GET /generation?id=` answers the cost of a request, also of one that was cut off. */
  cost_lookup: z.boolean().default(false),
})

const Price = z.strictObject({ input_per_million: decimal, output_per_million: decimal, currency, as_of: z.iso.date() })

const Model = z.strictObject({
  id,
  /** Higher is better. The routing policy `quality` orders models by it. */
  quality: z.int().min(0).max(100),
  context_tokens: z.int().positive(),
  /** Tokens that the model may think with before it answers. A request's limit leaves room for them, and reserves them. */
  thinking_tokens: z.int().min(0).max(32_000).default(0),
  routes: z
    .array(
      z.strictObject({
        provider: name,
        /** The provider's name for the model. Without it, the model's id. */
        model: id.optional(),
        price: Price,
        context_tokens: z.int().positive().optional(),
        /** How large a share of a model's requests the routing policy `balanced` gives to the route. */
        weight: z.int().min(1).max(100).default(1),
        quirks: Quirks.prefault({}),
      }),
    )
    .min(1),
})

/** Where texts may be processed: anywhere, or only in the European Union. */
export const DataResidency = z.enum(['any', 'eu'])
export type DataResidency = z.infer<typeof DataResidency>

/** The model of a request that names none; also the default of the column in ai_generations. */
export const defaultModel = 'balanced'

/** The environment variable that replaces a provider's base URL of the catalog: `openrouter` -> OPENROUTER_BASE_URL. */
export const baseUrlVariable = (provider: string): string => `${provider.toUpperCase().replaceAll('-', '_')}_BASE_URL`

/** Why an environment variable cannot hold the keys of a provider; undefined when it can. */
const keyVariableProblem = (variable: string, providers: Record<string, { key_variable: string }>) => {
  if (isSetting(variable)) return 'is a setting of Recto or of the system, and no variable for keys'
  if (Object.keys(providers).some((provider) => baseUrlVariable(provider) === variable))
    return 'is the base URL of a provider'
  if (Object.values(providers).some(({ key_variable }) => `${key_variable}_FILE` === variable))
    return 'names the file of another key_variable'
  return undefined
}

const holdsKeys = (variable: string, providers: Record<string, { key_variable: string }>) =>
  Object.values(providers).some(({ key_variable: key }) => variable === key || variable === `${key}_FILE`)

const Catalog = z
  .strictObject({
    providers: z.record(name, Provider),
    /** USD per unit of every other currency in which prices are given. */
    rates: z.record(currency, z.strictObject({ usd: positive, as_of: z.iso.date() })).default({}),
    models: z.array(Model).min(1),
    /** A name for several models, in the order in which they are tried. */
    aliases: z.record(z.string().min(1).max(200), z.array(id).min(1)),
  })
  .superRefine((catalog, context) => {
    const complain = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
    const ids = catalog.models.map((model) => model.id)
    const seen = new Set<string>()
    const names = Object.keys(catalog.providers)
    for (const [provider, { key_variable, project }] of Object.entries(catalog.providers)) {
      const problem = keyVariableProblem(key_variable, catalog.providers)
      if (problem !== undefined) complain(['providers', provider, 'key_variable'], problem)
      for (const [at, variable] of (project?.variables ?? []).entries())
        if (holdsKeys(variable, catalog.providers))
          complain(
            ['providers', provider, 'project', 'variables', at],
            'holds keys, which must not stand in an address',
          )
    }
    for (const [at, provider] of names.entries())
      if (names.slice(0, at).some((other) => other.replaceAll('-', '_') === provider.replaceAll('-', '_')))
        complain(['providers', provider], 'has the same <NAME>_BASE_URL as another provider')
    for (const [at, model] of catalog.models.entries()) {
      if (ids.indexOf(model.id) !== at) complain(['models', at, 'id'], 'is listed twice')
      for (const [n, route] of model.routes.entries()) {
        const path = ['models', at, 'routes', n]
        const key = `${route.provider} ${route.model ?? model.id}`
        if (!Object.hasOwn(catalog.providers, route.provider))
          complain([...path, 'provider'], 'is no provider of this catalog')
        if (route.price.currency !== 'USD' && !Object.hasOwn(catalog.rates, route.price.currency))
          complain([...path, 'price', 'currency'], 'has no rate in this catalog')
        if (seen.has(key)) complain(path, 'is listed twice')
        seen.add(key)
      }
    }
    for (const [alias, models] of Object.entries(catalog.aliases)) {
      if (ids.includes(alias)) complain(['aliases', alias], 'is the id of a model too')
      for (const [at, model] of models.entries())
        if (!ids.includes(model)) complain(['aliases', alias, at], 'names a model that is not listed')
    }
    if (!Object.hasOwn(catalog.aliases, defaultModel)) complain(['aliases'], `must have ${defaultModel}, the default`)
  })

export type Catalog = z.infer<typeof Catalog>
/** A catalog as its file has it, without the defaults that reading adds. */
export type CatalogJson = z.input<typeof Catalog>
export type CatalogModel = Catalog['models'][number]
export type CatalogProvider = Catalog['providers'][string]

/**
 * Validates the JSON of a catalog.
 * @throws Error whose message lists every invalid place
 */
export const parseCatalog = (json: unknown): Catalog => {
  const parsed = Catalog.safeParse(json)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`The catalog of models is not valid:\n${lines.join('\n')}`)
}

/** The catalog that comes with Recto. RECTO_MODELS names another one. */
export const bundledCatalog = (): Catalog => parseCatalog(bundled)

/** The file that comes with Recto. */
export const bundledJson: unknown = bundled

/** Whether JSON is a valid catalog. */
export const isCatalogJson = (json: unknown): json is CatalogJson => Catalog.safeParse(json).success

/**
 * The names of all environment variables that can hold keys of a catalog's providers, or the path of a file with keys.
 */
export const keyVariables = ({ providers }: Catalog): string[] =>
  Object.values(providers).flatMap(({ key_variable }) => [key_variable, `${key_variable}_FILE`])

/** Every name that the `model` of a request may have: the aliases, then the ids. */
export const modelNames = ({ aliases, models }: Catalog): string[] => [
  ...Object.keys(aliases),
  ...models.map((model) => model.id),
]

/** The models of an alias or an id, in the order in which they are tried; none for any other name. */
export const findModels = ({ aliases, models }: Catalog, wanted: string): CatalogModel[] => {
  const ids = Object.hasOwn(aliases, wanted) ? (aliases[wanted] ?? []) : [wanted]
  return ids.flatMap((id) => models.find((model) => model.id === id) ?? [])
}

/** Whether a region satisfies a residency. */
export const satisfies = (region: string, residency: DataResidency): boolean =>
  residency === 'any' || region === residency

/** The strictest of several residencies. */
export const strictest = (...residencies: DataResidency[]): DataResidency => (residencies.includes('eu') ? 'eu' : 'any')
