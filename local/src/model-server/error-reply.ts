import type { ChatRequest } from './chat-request.ts'
import type { ProviderOptions } from './provider-options.ts'

/** A JSON body and its HTTP status. */
export type Reply = { status: number; body: string }

/** An error body in OpenRouter's format. */
export const errorBody = (code: number, message: string): string => JSON.stringify({ error: { code, message } })

/** An error about a field, in OpenAI's format. */
const badField = (message: string, param: string, code: string): Reply => ({
  status: 400,
  body: JSON.stringify({ error: { message, type: 'invalid_request_error', param, code } }),
})

/** The error for a missing or unknown API key, in OpenRouter's words; null when the key is accepted. */
export const checkKey = ({ keys }: Pick<ProviderOptions, 'keys'>, key: string | null): Reply | null => {
  if (keys === undefined || (key !== null && keys.includes(key))) return null
  return { status: 401, body: errorBody(401, key === null ? 'No auth credentials found' : 'User not found.') }
}

/** The error for an unsupported or missing field, in OpenAI's format; null when the fields are accepted. */
export const checkFields = (
  { refuses, requires }: Pick<ProviderOptions, 'refuses' | 'requires'>,
  { fields }: Pick<ChatRequest, 'fields'>,
): Reply | null => {
  const excess = refuses.find((field) => fields.includes(field))
  if (excess) return badField(`Unsupported parameter: '${excess}'.`, excess, 'unsupported_parameter')
  const missing = requires.find((field) => !fields.includes(field))
  return missing ? badField(`Missing required parameter: '${missing}'.`, missing, 'missing_required_parameter') : null
}
