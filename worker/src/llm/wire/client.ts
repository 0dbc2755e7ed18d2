import { baseUrlOf } from '@recto/shared/base-url'
import type { Catalog } from '@recto/shared/catalog'
import { OpenAI } from 'openai'
import { fetchOrThrow } from '../errors/http-error.ts'

type Environment = Readonly<Record<string, string | undefined>>

const silent = () => undefined

/**
 * Creates the OpenAI SDK client of one provider, without a key: each request brings its own. `baseURL` has no endpoint
 * path. Retries, deadlines and logs belong to this worker, and the environment variables that the SDK reads are
 * switched off, because it would send OpenAI's organisation, project and custom headers to every base URL.
 */
export const createClient = ({
  baseURL,
  headers = {},
  fetch = fetchOrThrow,
}: {
  baseURL: string
  headers?: Record<string, string>
  /** Throws on any status that is not 2xx. */
  fetch?: typeof fetchOrThrow
}): OpenAI => {
  // The SDK has no option that switches this variable off, and its constructor throws when a header in it is malformed.
  Reflect.deleteProperty(process.env, 'OPENAI_CUSTOM_HEADERS')
  return new OpenAI({
    baseURL,
    apiKey: 'sent-by-each-request',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    fetch,
    // The longest timeout of Node. The SDK's timeout stops at the headers of a stream, so `wire/timeouts.ts` alone sets
    // deadlines.
    timeout: 2 ** 31 - 1,
    logLevel: 'off',
    logger: { error: silent, warn: silent, info: silent, debug: silent },
    defaultHeaders: headers,
  })
}

/**
 * Creates one client for each provider of a catalog, by provider name.
 * @throws what `baseUrlOf` throws
 */
export const createClients = ({ providers }: Catalog, env: Environment): Record<string, OpenAI> =>
  Object.fromEntries(
    Object.entries(providers).map(([name, provider]) => [
      name,
      createClient({ baseURL: baseUrlOf(name, provider, env), headers: provider.headers }),
    ]),
  )
