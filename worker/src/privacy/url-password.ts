import { type Detector, patternDetector } from './detector.ts'

const part = String.raw`[^\s/@:?#\0]{0,200}`
const credentials = new RegExp(
  String.raw`(?<=[a-z][a-z\d+.-]{0,20}:\/\/)${part}(?:[\t\n]${part})?:[\t\n]?[^\s/@\0]{1,200}(?:[\t\n][^\s/@\0]{1,200})?(?=[\t\n]?@)`,
  'gi',
)
// "http://localhost:80" on one line and "eva@example.org" on the next one.
const portAndNextLine = /:\d+[\t\n]/

/** Detects the user and the password in a URL (RFC 3986, "userinfo"): "postgres://user:password@host/database". */
export const urlPasswordDetector: Detector = patternDetector(credentials, (match) =>
  portAndNextLine.test(match) ? 0 : match.length,
)
