/**
 * Patterns of secrets in error messages. Providers quote keys ("Incorrect API key provided: sk-ab***yz"), gateways
 * quote the Authorization header, and messages about limits name the account.
 */
const secretPatterns = [
  /\b(Bearer|Basic)\s+\S+/gi,
  /(api[ _-]?key|authorization|secret|password|access[ _-]?token)( provided)?['"]?\s*[:=]\s*['"]?[^\s'",}]+/gi,
  /(?<![a-z])(sk|pk|rk|key)-[\w*.…-]{6,}/gi,
  /AIza[\w*.…-]{6,}/g,
  /eyJ[\w-]{6,}(\.[\w-]*){0,2}/g,
  /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/gi,
  /(?<![a-z])(user|org|proj|acct|team)[_-][\w-]{6,}/gi,
  /(?<![a-z])(projects?|project_number|consumer)[ :/]+'?[\w:/-]*\d{6,}/gi,
  /[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+/g,
  // A key without a known prefix: no word and no model name has 24 such characters, letters and digits among them.
  /(?=[a-z_]*\d)(?=[\d_]*[a-z])\w{24,}/gi,
]

/** Replaces API keys, tokens, ids of accounts and projects, and e-mail addresses in a text by `[…]`. */
export const redactSecrets = (text: string): string =>
  secretPatterns.reduce((rest, pattern) => rest.replace(pattern, '[…]'), text)
