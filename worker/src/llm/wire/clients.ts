import type { Catalog } from '@recto/shared/catalog'
import { httpUrl } from '@recto/shared/env'
import type { OpenAI } from 'openai'
import { createClient } from './client.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** `openrouter` -> OPENROUTER_BASE_URL: replaces the catalog's address of that provider. */
const baseUrlVariable = (provider: string): string => `${provider.toUpperCase().replaceAll('-', '_')}_BASE_URL`

const baseUrlOf = (provider: string, listed: string, env: Environment): string => {
  const variable = baseUrlVariable(provider)
  const parsed = httpUrl.safeParse(env[variable] || listed)
  if (!parsed.success) throw new Error(`${variable} must be an http or https URL`)
  return parsed.data
}

/** One client for each provider of a catalog, by name. @throws Error that names the variable when a base URL is none */
export const createClients = ({ providers }: Catalog, env: Environment): Record<string, OpenAI> =>
  Object.fromEntries(
    Object.entries(providers).map(([name, { base_url, headers }]) => [
      name,
      createClient({ baseURL: baseUrlOf(name, base_url, env), headers }),
    ]),
  )
