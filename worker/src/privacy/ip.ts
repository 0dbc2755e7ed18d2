import { isIPv6 } from 'node:net'
import { type Finder, finder, finderOf } from './find.ts'

const octet = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`
const fourNumbers = new RegExp(String.raw`(?<![\w-]|\w\.)(?:${octet}\.){3}${octet}(?![\w]|[.-]\w)`, 'g')

/** How far back a word is looked for that says what a number is. */
const span = 24

const otherNumber =
  /(?:§|(?<![\p{sc=Latin}\d])(?:v|ver|vers|versi\p{L}+|wersj\p{L}|release|firmware|build|ec|oid|kapitel|chapter|chapitre|rozdzia\p{L}{1,4}|section|sect|sec|abschnitt|ziffer|art|article|artikel|pkt|punkt|clause|table|tab|fig|figure|abb|nr|no)\.?)[ :(]*$/iu
const addressBefore =
  /(?:\/\/|@|(?<!\p{sc=Latin})(?:ip|ipv4|address\p{L}*|adres\p{L}*|host\p{L}*|server\p{L}*|serwer\p{L}*|dns|ping|gateway|subnet|router\p{L}*)[ :=("']*)$/iu
const portOrPrefix = /^[:/]\d/

// Four small numbers are rather a heading or a version: 1.2.3.4. A machine has them one time in 25,000.
const looksLikeOutline = (numbers: string): boolean =>
  !numbers.startsWith('10.0.') && numbers.split('.').every((part) => Number(part) < 20)
const isNobodys = /^(?:127|255)\./

/**
 * IPv4 addresses. Not loopback and net masks, nor what a word names otherwise ("version", "§", "EC"), nor four numbers
 * below 20 unless a word ("IP", "server"), a port or a prefix length says that they are an address.
 */
const ipv4: Finder = finder(fourNumbers, (match, at, text) => {
  const before = text.slice(Math.max(0, at - span), at)
  const end = at + match.length
  if (isNobodys.test(match) || otherNumber.test(before)) return 0
  const named = addressBefore.test(before) || portOrPrefix.test(text.slice(end, end + 2))
  return looksLikeOutline(match) && !named ? 0 : match.length
})

// Global, unique local and link-local: times, ratios and `a::b` of programs begin otherwise.
const ipv6Start = String.raw`(?:[23][\da-f]{3}|f[cd][\da-f]{2}|fe[89ab][\da-f])`

const ipv6: Finder = finderOf(new RegExp(String.raw`(?<![\w:.])${ipv6Start}:[\da-f:]{2,38}(?![\w:])`, 'gi'), isIPv6)

export const ips: Finder[] = [ipv6, ipv4]
