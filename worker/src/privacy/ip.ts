import { isIPv6 } from 'node:net'
import { checkedPatternDetector, type Detector, patternDetector } from './detector.ts'

const octet = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`
const dot = String.raw`(?:\.[\t\n]?|[\t\n]\.)`
const fourNumbers = new RegExp(String.raw`(?<![\w-]|\w\.)(?:${octet}${dot}){3}${octet}(?![\w]|[.-]\w)`, 'g')

/** How many UTF-16 units before a number are searched for a keyword that says what the number is. */
const keywordDistance = 24

const otherKeywordBefore =
  /(?:§|(?<![\p{sc=Latin}\d])(?:v|ver|vers|versi\p{L}+|wersj\p{L}|release|firmware|build|ec|oid|kapitel|chapter|chapitre|rozdzia\p{L}{1,4}|section|sect|sec|abschnitt|ziffer|art|article|artikel|pkt|punkt|clause|table|tab|fig|figure|abb|nr|no)\.?)[ \t\v:(]*$/iu
const addressKeywordBefore =
  /(?:\/\/|@|(?<!\p{sc=Latin})(?:ip|ipv4|address\p{L}*|adres\p{L}*|host\p{L}*|server\p{L}*|serwer\p{L}*|dns|ping|gateway|subnet|router\p{L}*)[ \t\v:=("']*)$/iu
const portOrPrefixLengthAfter = /^[:/]\d/

// Four numbers below 20, such as 1.2.3.4, are mostly a heading or a version: one in 25,000 addresses looks like them.
const looksLikeHeadingOrVersion = (numbers: string): boolean =>
  !numbers.startsWith('10.0.') && numbers.split('.').every((part) => Number(part) < 20)
const loopbackOrNetmask = /^(?:127|255)\./

/**
 * Detects IPv4 addresses, but no loopback addresses, no netmasks, and nothing after a word such as "version", "§" or
 * "EC". Four numbers below 20 are detected only beside a word such as "IP" or "server", a port or a prefix length.
 */
const ipv4Detector: Detector = patternDetector(fourNumbers, (match, start, text) => {
  const before = text.slice(Math.max(0, start - keywordDistance), start)
  const end = start + match.length
  if (loopbackOrNetmask.test(match) || otherKeywordBefore.test(before)) return 0
  const isLabelled = addressKeywordBefore.test(before) || portOrPrefixLengthAfter.test(text.slice(end, end + 2))
  return looksLikeHeadingOrVersion(match) && !isLabelled ? 0 : match.length
})

// Global unicast, unique local and link-local addresses begin so (RFC 4291, RFC 4193). Times and `a::b` do not.
const ipv6Start = String.raw`(?:[23][\da-f]{3}|f[cd][\da-f]{2}|fe[89ab][\da-f])`

const ipv6 = (rest: string): RegExp => new RegExp(String.raw`(?<![\w:.])${ipv6Start}:${rest}(?![\w:])`, 'gi')

/** Detects global unicast, unique local and link-local IPv6 addresses, first those that go on after a gap. */
const ipv6Detectors: Detector[] = [
  checkedPatternDetector(
    ipv6(String.raw`[\da-f:]{1,37}[\t\n](?=[\da-f]{0,4}:)(?=[\d:]*[a-f])[\da-f:]{1,37}`),
    (match) => isIPv6(match.replace(/\s/, '')),
  ),
  checkedPatternDetector(ipv6(String.raw`[\da-f:]{0,37}(?:(?<=:)[\t\n]|[\t\n](?=:))[\da-f:]{1,37}`), (match) =>
    isIPv6(match.replace(/\s/, '')),
  ),
  checkedPatternDetector(ipv6(String.raw`[\da-f:]{2,38}`), isIPv6),
]

/** Detects IPv6 and IPv4 addresses. */
export const ipDetectors: Detector[] = [...ipv6Detectors, ipv4Detector]
