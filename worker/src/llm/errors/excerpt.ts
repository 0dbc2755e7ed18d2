import { cleanText } from '../wire/clean-text.ts'
import { readProviderError } from './provider-error.ts'
import { redactPrompt } from './redact-prompt.ts'
import { redactSecrets } from './redact-secrets.ts'

const maxExcerptLength = 500
const maxLabelLength = 80

const asItIs = (text: string): string => text

/**
 * The code, type, message and labels of a provider's error as JSON text of at most 500 characters, without secrets and
 * without quotations of `prompt`; null when there is nothing to show. Fields are picked by name, so that for example
 * `flagged_input` stays out. `body` is parsed JSON or text; `redactKeys` takes this deployment's keys out of a text.
 */
export const excerptOf = (body: unknown, prompt: string, redactKeys = asItIs): string | null => {
  const { code, type, message, metadata, upstream } = readProviderError(body)
  const redactQuotations = redactPrompt(prompt)
  // A text is cut after the redaction, because half a key is not recognised as a key. HTML pages are left out.
  const clean = (text: string | null | undefined, maxLength: number) =>
    text && !text.trimStart().startsWith('<')
      ? redactQuotations(redactSecrets(redactKeys(text)).slice(0, 2 * maxExcerptLength)).slice(0, maxLength)
      : null
  const fields = {
    code: typeof code === 'string' ? clean(code, maxLabelLength) : code,
    type: clean(type, maxLabelLength),
    message: clean(message, maxExcerptLength),
    error_type: clean(metadata.error_type, maxLabelLength),
    provider_name: clean(metadata.provider_name, maxLabelLength),
    provider_error_code: clean(metadata.provider_error_code, maxLabelLength),
    limit_source: clean(metadata.limit_source, maxLabelLength),
    upstream_type: clean(upstream?.type, maxLabelLength),
    upstream_message: clean(upstream?.message, maxExcerptLength),
  }
  const present = Object.entries(fields).filter(([, value]) => value !== null && value !== '')
  return present.length > 0 ? cleanText(JSON.stringify(Object.fromEntries(present)), maxExcerptLength) : null
}
