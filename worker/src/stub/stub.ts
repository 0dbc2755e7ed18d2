import type { Catalog } from '@recto/shared/catalog'
import type { OpenAI } from 'openai'
import { type CompletionInit, okOrThrow } from '../llm/errors/http-error.ts'
import { createClient } from '../llm/wire/client.ts'
import { stubCatalog, stubKeyVariable, stubName } from './catalog.ts'
import { respond } from './respond.ts'

/** What a worker has in place of providers. */
export type Stub = { catalog: Catalog; env: Record<string, string>; clients: Record<string, OpenAI> }

const fetchStub = async (_url: unknown, { onSend, body }: RequestInit & CompletionInit = {}): Promise<Response> => {
  onSend?.()
  return okOrThrow(respond(String(body)))
}

/**
 * A provider within this process that answers every name of `catalog` without a model (RECTO_STUB=on).
 * @throws Error in production, where nobody expects made-up results
 */
export const createStub = (catalog: Catalog, env: Readonly<Record<string, string | undefined>>): Stub => {
  if (env.NODE_ENV === 'production')
    throw new Error('RECTO_STUB=on makes up results, and is refused with NODE_ENV=production')
  const replaced = stubCatalog(catalog, new Date().toISOString().slice(0, 10))
  const baseURL = replaced.providers[stubName]?.base_url ?? ''
  return {
    catalog: replaced,
    // The name of the stub would be taken for a leaked key in its answers.
    env: { [stubKeyVariable]: 'no-key-is-needed' },
    clients: { [stubName]: createClient({ baseURL, fetch: fetchStub }) },
  }
}
