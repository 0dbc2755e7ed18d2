import { z } from 'zod'
import { type Address, isIn, parseAddress, type Range } from './address.ts'

export type Protocol = 'http:' | 'https:'

/** Where a request goes: the host is a name, or an address without brackets. */
export type Target = { protocol: Protocol; host: string; port: number }

/** What an operator allows besides https to port 443 of public addresses. `port`: null for any. */
type AllowRule = { protocol: Protocol; host: string | Range; port: number | null }

/** Empty in production, where nothing but public addresses is wanted. */
export type AllowList = readonly AllowRule[]

const message = 'must be entries like http://localhost:3000 or 10.0.0.0/8:8443'
const entry = /^(?:(https?):\/\/)?(?:\[([0-9a-f:.]+(?:\/\d+)?)\]|([a-z0-9._-]+(?:\/\d+)?))(?::(\d{1,5}|\*))?$/

const maxPort = 65_535

const rangeOf = (text: string): Range | null => {
  const [first = '', prefix] = text.split('/')
  const address = parseAddress(first)
  if (address === null) return null
  const bits = address.kind() === 'ipv4' ? 32 : 128
  const length = prefix === undefined ? bits : Number(prefix)
  return length <= bits ? [address, length] : null
}

/** Whether a URL keeps the name as it is. It would write `0x7f.1` as an address. */
const isName = (text: string): boolean => URL.parse(`https://${text}`)?.host === text

const ruleOf = (text: string): AllowRule | null => {
  const [, scheme = 'https', ipv6, other = '', port] = entry.exec(text.toLowerCase()) ?? []
  const host = rangeOf(ipv6 ?? other) ?? (isName(other) ? other : null)
  if (host === null || Number(port) > maxPort) return null
  const usualPort = scheme === 'http' ? 80 : 443
  return {
    protocol: scheme === 'http' ? 'http:' : 'https:',
    host,
    port: port === '*' ? null : Number(port ?? usualPort),
  }
}

/**
 * An environment variable with entries between commas or spaces: `[scheme://]host[:port]`. The host is a name, an
 * address or a range (`10.0.0.0/8`, `[fd00::/8]`), the scheme https or http, the port a number or `*`.
 */
export const allowListVariable = z
  .string()
  .default('')
  .transform((text, context): AllowList => {
    const entries = text.split(/[\s,]+/).filter((entry) => entry !== '')
    return entries.flatMap((entry) => {
      const rule = ruleOf(entry)
      if (rule === null) context.addIssue({ code: 'custom', message })
      return rule ?? []
    })
  })

const rulesFor = (allow: AllowList, { protocol, port }: Target): AllowRule[] =>
  allow.filter((rule) => rule.protocol === protocol && (rule.port === null || rule.port === port))

/** Whether the list names the host itself. Then its addresses are not judged: they are the operator's choice. */
export const isListed = (allow: AllowList, target: Target): boolean =>
  rulesFor(allow, target).some(({ host }) => host === target.host)

/** Whether the list has a range for the scheme and port, so that the addresses of a name decide. */
export const hasRangeFor = (allow: AllowList, target: Target): boolean =>
  rulesFor(allow, target).some(({ host }) => typeof host !== 'string')

/** Whether the list has the address, for the scheme and port. */
export const allowsAddress = (allow: AllowList, target: Target, address: Address): boolean =>
  rulesFor(allow, target).some(({ host }) => typeof host !== 'string' && isIn(address, host))
