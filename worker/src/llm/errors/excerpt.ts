import { cleanText } from '../wire/clean-text.ts'
import { readProviderError } from './provider-error.ts'
import { redactPrompt } from './redact-prompt.ts'
import { redactSecrets } from './redact-secrets.ts'

const longest = 500
const longestLabel = 80

/**
 * A provider's error for the record: its code, type, message and labels as JSON text of at most 500 characters. Fields are
 * picked by name, so that `flagged_input` and whatever else echoes a prompt stays out, and cleaned of what they quote; `sent` is
 * the prompt, `body` parsed or text.
 */
export const excerptOf = (body: unknown, sent: string): string | null => {
  const { code, type, message, metadata, upstream } = readProviderError(body)
  const repeats = redactPrompt(sent)
  // Cut last: half a key is no longer known for one. A page of HTML tells no more than its status, which is on record anyway.
  const say = (text: string | null | undefined, most: number) =>
    text && !text.trimStart().startsWith('<') ? repeats(redactSecrets(text).slice(0, 2 * longest)).slice(0, most) : null
  const fields = {
    code: typeof code === 'string' ? say(code, longestLabel) : code,
    type: say(type, longestLabel),
    message: say(message, longest),
    error_type: say(metadata.error_type, longestLabel),
    provider_name: say(metadata.provider_name, longestLabel),
    provider_error_code: say(metadata.provider_error_code, longestLabel),
    limit_source: say(metadata.limit_source, longestLabel),
    upstream_type: say(upstream?.type, longestLabel),
    upstream_message: say(upstream?.message, longest),
  }
  const told = Object.entries(fields).filter(([, value]) => value !== null && value !== '')
  return told.length > 0 ? cleanText(JSON.stringify(Object.fromEntries(told)), longest) : null
}
