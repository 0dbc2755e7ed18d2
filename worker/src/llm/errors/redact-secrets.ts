/** Providers quote keys ("Incorrect API key provided: sk-ab***yz"), a gateway may quote the header, a limit names its account. */
const secrets = [
  /\b(Bearer|Basic)\s+\S+/gi,
  /(api[ _-]?key|authorization|secret|password|access[ _-]?token)( provided)?['"]?\s*[:=]\s*['"]?[^\s'",}]+/gi,
  /(?<![a-z])(sk|pk|rk|key)-[\w*.…-]{6,}/gi,
  /AIza[\w*.…-]{6,}/g,
  /eyJ[\w-]{6,}(\.[\w-]*){0,2}/g,
  /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/gi,
  /(?<![a-z])(user|org|proj|acct|team)[_-][\w-]{6,}/gi,
  /(?<![a-z])(projects?|project_number|consumer)[ :/]+'?[\w:/-]*\d{6,}/gi,
  /[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+/g,
  // No word of a language and no model's name is this long and has digits in its midst: a key without a mark.
  /(?=[a-z_]*\d)(?=[\d_]*[a-z])\w{24,}/gi,
]

/** Puts `[…]` in the place of keys, tokens, ids of accounts and projects, and addresses. */
export const redactSecrets = (text: string): string =>
  secrets.reduce((rest, secret) => rest.replace(secret, '[…]'), text)
