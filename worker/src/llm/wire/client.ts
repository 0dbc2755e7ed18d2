import { OpenAI } from 'openai'
import { fetchOrThrow } from '../errors/http-error.ts'

const silent = () => undefined

/**
 * One client per provider; `baseURL` without the endpoint. It holds no key: each request brings its own.
 *
 * Retries, deadlines and logs are ours, and nothing of OpenAI's own environment may reach another provider: the SDK would send
 * an organisation, a project and arbitrary headers to any base URL.
 */
export const createClient = ({
  baseURL,
  headers = {},
}: {
  baseURL: string
  headers?: Record<string, string>
}): OpenAI => {
  // The SDK has no option against this variable, and its constructor throws when a header in it is malformed.
  Reflect.deleteProperty(process.env, 'OPENAI_CUSTOM_HEADERS')
  return new OpenAI({
    baseURL,
    apiKey: 'sent-by-each-request',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    fetch: fetchOrThrow,
    // Longer than any request: the SDK's timeout ends at the headers of a stream, so that ours alone decides.
    timeout: 2 ** 31 - 1,
    logLevel: 'off',
    logger: { error: silent, warn: silent, info: silent, debug: silent },
    defaultHeaders: headers,
  })
}
