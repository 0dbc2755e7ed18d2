import type { ProviderError } from './provider-error.ts'

/** How texts report a rate limit. */
const limitPattern = /\b429\b|too many requests|rate[ _-]?limit|resource[ _]exhausted/i

const upstreamPattern = /\bupstream\b|provider returned error/i

const isLimit = (label: string | number | null | undefined): boolean =>
  label === 429 || (typeof label === 'string' && limitPattern.test(label))

/**
 * Whether an upstream behind an aggregator reports a rate limit, although the aggregator's own code names none: in a code
 * or a text of the upstream, or in a text about it.
 */
export const wrapsLimit = ({ metadata, upstream, searchText }: ProviderError): boolean =>
  [metadata.provider_error_code, upstream?.code, upstream?.type].some(isLimit) ||
  (upstreamPattern.test(searchText) && limitPattern.test(searchText))

/** Whether an error without any code reports a rate limit in words. */
export const saysLimit = ({ searchText, statusName }: ProviderError): boolean =>
  limitPattern.test(`${searchText} ${statusName ?? ''}`)

/** Whether a rate limit is one of an upstream, and not of this deployment's account at the provider. */
export const isOfUpstream = ({ metadata, provider, upstream, searchText }: ProviderError): boolean => {
  if (metadata.limit_source?.startsWith('openrouter_')) return false
  return Boolean(
    metadata.limit_source?.startsWith('upstream') ||
      metadata.provider_name ||
      provider ||
      upstream ||
      upstreamPattern.test(searchText),
  )
}
