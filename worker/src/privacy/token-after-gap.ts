/** The prefixes of API keys, followed by the shortest rest that makes a key. */
export const prefixedKeys = [
  String.raw`sk-[\w-]{16,}`, // OpenAI, OpenRouter, Anthropic, DeepSeek
  String.raw`(?:[srp]k_(?:live|test)|whsec)_[A-Za-z\d]{16,}`, // Stripe
  String.raw`(?:AKIA|ASIA)[A-Z\d]{16}`, // AWS
  String.raw`(?:gh[pousr]_[A-Za-z\d]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,})`, // GitHub, GitLab
  String.raw`x(?:ox[a-z]|app)-[\w-]{10,}`, // Slack
  String.raw`(?:AIza[\w-]{30,}|GOCSPX-[\w-]{20,}|ya29\.[\w-]{20,})`, // Google
  String.raw`SCW[A-Z\d]{17}`, // Scaleway
  String.raw`(?:sb_(?:secret|publishable)_[\w-]{16,}|sbp_[\da-z_]{20,})`, // Supabase
  String.raw`(?:hf|npm|gsk|r8|dop_v1|pplx|xai)[_-][A-Za-z\d]{30,}`,
  String.raw`pypi-[\w-]{40,}`, // PyPI
  String.raw`SG\.[\w-]{16,}\.[\w-]{16,}`, // SendGrid
]

/** Whether a token has a digit and a letter, as keys have and words of a text have not. */
export const hasDigitAndLetter = (text: string): boolean => /\d/.test(text) && /[A-Za-z]/.test(text)

// Neither a variable's name, an address, nor another credential.
const chunkAfterGap = new RegExp(
  String.raw`\.?[\t\n](?!eyJ|${prefixedKeys.join('|')})\.?[\w-]+(?:\.[\w-]+)*(?![\w=:/@-])`,
  'y',
)

const changesOfClass = /\d(?=[A-Za-z])|[A-Za-z](?=\d)|[a-z](?=[A-Z])|[A-Z](?=[a-z])|[\w-](?=[_-])/g
const leastRandomLength = 8
const leastChanges = 3

/**
 * Whether the text after a gap is the rest of a token and no word or number: eight characters with a digit and a
 * letter, or fewer that change three times between digits, small letters, capitals and signs, or the rest after a
 * hyphen or an underscore.
 */
const isRest = (token: string, chunk: string): boolean => {
  const rest = chunk.replace(/[.\s]/g, '')
  if (/[_-]$/.test(token) || /^_\w/.test(rest)) return true
  if (!hasDigitAndLetter(rest)) return false
  return rest.length >= leastRandomLength || (rest.match(changesOfClass)?.length ?? 0) >= leastChanges
}

const chunkAt = (text: string, at: number): string | undefined => {
  chunkAfterGap.lastIndex = at
  return chunkAfterGap.exec(text)?.[0]
}

const maxChunks = 8

/**
 * Returns the end of a token from `start` to `end` with all parts of it that follow after gaps. `wholeLength`: how many
 * characters such a token has, if that is known; then the parts that complete it belong to it whatever they look like.
 */
export const endWithRest = (text: string, start: number, end: number, wholeLength: number): number => {
  let missing = wholeLength - text.slice(start, end).replace(/\s/g, '').length
  let at = end
  for (let count = 0; missing > 0 && count < maxChunks; count++) {
    const chunk = chunkAt(text, at)
    if (chunk === undefined) break
    at += chunk.length
    missing -= chunk.trim().length
    if (missing === 0) return at
  }
  let token = text.slice(start, end)
  for (;;) {
    const chunk = chunkAt(text, start + token.length)
    if (chunk === undefined || !isRest(token, chunk)) return start + token.length
    token += chunk
  }
}
