import { checkedPatternDetector, type Detector, patternDetector } from './detector.ts'

/**
 * Detects private keys in PEM (RFC 7468). It has to run before all others: its pattern accepts whatever stands between
 * the two lines, also what another detector has blanked out.
 */
export const privateKeyDetector: Detector = patternDetector(
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{20,}-----END [A-Z ]{0,30}PRIVATE KEY-----/g,
)

/** Detects JSON Web Tokens (RFC 7519), signed or encrypted: the header begins with `{"`, in base64url `eyJ`. */
export const jwtDetector: Detector = patternDetector(/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]+){0,3}/g)

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

/**
 * Detects API keys with a known prefix, and bearer tokens (RFC 6750).
 * A key must contain a digit and a letter, because hyphenated words such as "sk-learn-and-some-other-words" do not.
 */
export const apiKeyDetectors: Detector[] = [
  checkedPatternDetector(new RegExp(String.raw`(?<![\w-])(?:${prefixedKeys.join('|')})`, 'g'), hasDigitAndLetter),
  checkedPatternDetector(/(?<=\bbearer[ :"']{1,3})[\w.~+/-]{20,}={0,2}/gi, hasDigitAndLetter),
]
