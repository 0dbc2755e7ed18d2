import { type Finder, finder, finderOf } from './find.ts'

/** JSON Web Tokens, signed or encrypted: their header begins with `{"`, which is `eyJ` in base64. */
export const jwts: Finder = finder(/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]+){0,3}/g)

const prefixed = [
  String.raw`sk-[\w-]{16,}`, // OpenAI, OpenRouter, Anthropic, DeepSeek
  String.raw`(?:[srp]k_(?:live|test)|whsec)_[A-Za-z\d]{16,}`, // Stripe
  String.raw`(?:AKIA|ASIA)[A-Z\d]{16}`, // AWS
  String.raw`(?:gh[pousr]_[A-Za-z\d]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,})`,
  String.raw`x(?:ox[a-z]|app)-[\w-]{10,}`, // Slack
  String.raw`(?:AIza[\w-]{30,}|GOCSPX-[\w-]{20,}|ya29\.[\w-]{20,})`, // Google
  String.raw`SCW[A-Z\d]{17}`,
  String.raw`(?:sb_(?:secret|publishable)_[\w-]{16,}|sbp_[\da-z_]{20,})`, // Supabase
  String.raw`(?:hf|npm|gsk|r8|dop_v1|pplx|xai)[_-][A-Za-z\d]{30,}`,
  String.raw`pypi-[\w-]{40,}`,
  String.raw`SG\.[\w-]{16,}\.[\w-]{16,}`, // SendGrid
]

const hasDigitAndLetter = (text: string): boolean => /\d/.test(text) && /[A-Za-z]/.test(text)

/** Keys known by how they begin, bearer tokens, private keys in PEM. A word with hyphens ("sk-…") has no digit. */
export const apiKeys: Finder[] = [
  finder(/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{20,}-----END [A-Z ]{0,30}PRIVATE KEY-----/g),
  finderOf(new RegExp(String.raw`(?<![\w-])(?:${prefixed.join('|')})`, 'g'), hasDigitAndLetter),
  finderOf(/(?<=\bbearer[ :"']{1,3})[\w.~+/-]{20,}={0,2}/gi, hasDigitAndLetter),
]
