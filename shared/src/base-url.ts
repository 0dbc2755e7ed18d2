import { baseUrlVariable, type CatalogProvider } from './catalog.ts'
import { httpUrl } from './env.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The base URL for the project that the environment names; undefined when it names none. */
const projectUrl = ({ project }: CatalogProvider, env: Environment): string | undefined => {
  const variable = project?.variables.find((name) => env[name])
  if (project === undefined || variable === undefined) return undefined
  const id = env[variable] ?? ''
  if (!/^[A-Za-z0-9-]+$/.test(id)) throw new Error(`${variable} must be an id of letters, digits and -`)
  return project.base_url.replace('{project}', id)
}

/**
 * The address of a provider: that of `<NAME>_BASE_URL`, else that of the project in the environment, else the catalog's.
 * @throws Error that names the environment variable whose value is neither an http or https URL nor an id
 */
export const baseUrlOf = (name: string, provider: CatalogProvider, env: Environment): string => {
  const variable = baseUrlVariable(name)
  const parsed = httpUrl.safeParse(env[variable] || projectUrl(provider, env) || provider.base_url)
  if (!parsed.success) throw new Error(`${variable} must be an http or https URL`)
  return parsed.data
}
