import type { ChatRequest } from './chat-request.ts'
import type { ProviderOptions } from './provider-options.ts'

/** A JSON body and its status. */
export type Reply = { status: number; body: string }

/** A refusal in OpenRouter's shape. */
export const errorBody = (code: number, message: string): string => JSON.stringify({ error: { code, message } })

const badField = (message: string, param: string, code: string): Reply => ({
  status: 400,
  body: JSON.stringify({ error: { message, type: 'invalid_request_error', param, code } }),
})

/** Why a bearer is not served, or null. A key that is unknown is told so in OpenRouter's words. */
export const checkKey = ({ keys }: Pick<ProviderOptions, 'keys'>, key: string | null): Reply | null => {
  if (keys === undefined || (key !== null && keys.includes(key))) return null
  return { status: 401, body: errorBody(401, key === null ? 'No auth credentials found' : 'User not found.') }
}

/** Why a body is not accepted for a field that it has or lacks, in OpenAI's shape, or null. */
export const checkFields = (
  { refuses, requires }: Pick<ProviderOptions, 'refuses' | 'requires'>,
  { fields }: Pick<ChatRequest, 'fields'>,
): Reply | null => {
  const excess = refuses.find((field) => fields.includes(field))
  if (excess) return badField(`Unsupported parameter: '${excess}'.`, excess, 'unsupported_parameter')
  const missing = requires.find((field) => !fields.includes(field))
  return missing ? badField(`Missing required parameter: '${missing}'.`, missing, 'missing_required_parameter') : null
}
