import { checkedPatternDetector, type Detector, patternDetector } from './detector.ts'

const border = (word: string): string => String.raw`-{4,5} ?${word}\s[A-Z\d\s]{0,30}PRIVATE\sKEY(?:\sBLOCK)? ?-{4,5}`
const leastBodyLength = 20
const borders = new RegExp(border('(?:BEGIN|END)'), 'g')

/**
 * Detects private keys in PEM (RFC 7468, RFC 1421 with headers such as "DEK-Info: DES-EDE3-CBC"), OpenPGP and SSH2. It
 * has to run before all others: its pattern accepts whatever stands between the two lines except a value that an
 * earlier reading of the text has blanked out.
 */
export const privateKeyDetector: Detector = checkedPatternDetector(
  new RegExp(String.raw`${border('BEGIN')}[^\0-]*(?:-(?!-{3,4} ?(?:BEGIN|END)\s)[^\0-]*)*${border('END')}`, 'g'),
  (match) => match.replace(borders, '').length >= leastBodyLength,
)

const prefixedKeys = [
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

const hasDigitAndLetter = (text: string): boolean => /\d/.test(text) && /[A-Za-z]/.test(text)

// The rest of a token after a line break: at least 8 characters, neither a variable's name nor another credential.
const restAfterGap = new RegExp(
  String.raw`\.?[\t\n](?!eyJ|${prefixedKeys.join('|')})\.?[\w-]{8,}(?:\.[\w-]+)*(?![\w=:/@-])`,
  'y',
)

/** Returns the length of a token with all parts of it that follow after line breaks or wide gaps. */
const lengthWithRest = (match: string, start: number, text: string): number => {
  let end = start + match.length
  for (;;) {
    restAfterGap.lastIndex = end
    const rest = restAfterGap.exec(text)?.[0]
    if (rest === undefined || !hasDigitAndLetter(rest)) return end - start
    end += rest.length
  }
}

const keyLength = (match: string, start: number, text: string): number =>
  hasDigitAndLetter(match) ? lengthWithRest(match, start, text) : 0

const jwt = /(?<![\w-])eyJ(?:[\w-]{8,}|[\w-]+[\t\n][\w-]+)[\t\n]?\.[\t\n]?[\w-]{4,}(?:\.[\w-]+){0,3}/g

/**
 * Detects JSON Web Tokens (RFC 7519), signed or encrypted: the header begins with `{"`, in base64url `eyJ`. A token
 * contains a digit; words on several lines do not.
 */
export const jwtDetector: Detector = patternDetector(jwt, (match, start, text) =>
  /\d/.test(match) ? lengthWithRest(match, start, text) : 0,
)

const wholeKey = new RegExp(`^(?:${prefixedKeys.join('|')})$`)

/** Returns the length of two tokens on two lines which are a key together and of which one looks like a part of a key. */
const splitKeyLength = (match: string, start: number, text: string): number => {
  const [first = '', second = ''] = match.split(/[\t\n]/)
  const looksLikeKey = hasDigitAndLetter(first) || (second.length >= 8 && hasDigitAndLetter(second))
  return looksLikeKey && wholeKey.test(first + second) ? lengthWithRest(match, start, text) : 0
}

/**
 * Detects API keys with a known prefix, and bearer tokens (RFC 6750).
 * A key must contain a digit and a letter, because hyphenated words such as "sk-learn-and-some-other-words" do not.
 */
export const apiKeyDetectors: Detector[] = [
  patternDetector(new RegExp(String.raw`(?<![\w-])(?:${prefixedKeys.join('|')})`, 'g'), keyLength),
  patternDetector(/(?<![\w.-])[\w.-]+[\t\n][\w-]+(?:\.[\w-]+)*/g, splitKeyLength),
  patternDetector(/(?<=\bbearer[ :"']{1,3})[\w.~+/-]{20,}={0,2}/gi, keyLength),
]
