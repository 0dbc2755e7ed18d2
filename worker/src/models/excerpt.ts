import { cleanText } from './clean-text.ts'
import { readProviderError } from './provider-error.ts'

const longest = 500
const echoWindow = 24

/** Providers quote keys ("Incorrect API key provided: sk-ab***yz"), a gateway may quote the header, a limit names its account. */
const secrets = [
  /\bBearer\s+\S+/gi,
  /\b(sk|pk|key)-[\w*.-]{6,}/gi,
  /\b(user|org)[_-]\w{8,}/gi,
  /\b[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\b/gi,
]

const withoutSecrets = (text: string): string => secrets.reduce((rest, secret) => rest.replace(secret, '[…]'), text)

/** Takes out every stretch of the text that stands word for word in what was sent: validators quote their input. */
const withoutEcho = (text: string, sent: string): string => {
  let kept = ''
  for (let at = 0; at < text.length; ) {
    let length = echoWindow
    if (at + length > text.length || !sent.includes(text.slice(at, at + length))) {
      kept += text[at++]
      continue
    }
    while (at + length < text.length && sent.includes(text.slice(at, at + length + 1))) length++
    kept += '[…]'
    at += length
  }
  return kept
}

/**
 * A provider's error for the record: its code, type, message and labels as JSON text of at most 500 characters. Fields are
 * picked by name, so that `flagged_input` and whatever else echoes a prompt stays out; `sent` is the prompt, `body` parsed or text.
 */
export const excerptOf = (body: unknown, sent: string): string | null => {
  // A page of HTML tells no more than its status, which is on record anyway.
  if (typeof body === 'string' && body.trimStart().startsWith('<')) return null
  const { code, type, message, metadata, upstream } = readProviderError(body)
  const say = (text: string | null | undefined) => text && withoutEcho(withoutSecrets(text.slice(0, longest)), sent)
  const fields = {
    code,
    type,
    message: say(message),
    error_type: metadata.error_type,
    provider_name: metadata.provider_name,
    provider_error_code: metadata.provider_error_code,
    limit_source: metadata.limit_source,
    upstream_type: upstream?.type,
    upstream_message: say(upstream?.message),
  }
  const told = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== '')
  return told.length > 0 ? cleanText(JSON.stringify(Object.fromEntries(told)), longest) : null
}
