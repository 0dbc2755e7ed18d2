import { BlockList, isIP, SocketAddress } from 'node:net'
import { z } from 'zod'

/** The proxies whose X-Forwarded-For is believed. */
export type TrustedProxies = Pick<BlockList, 'check'>

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Adds `10.0.0.0/8` or a single address to a list; false when it is neither. */
const add = (list: BlockList, network: string): boolean => {
  const [address = '', bits, ...more] = network.split('/')
  const longest = isIP(address) === 6 ? 128 : 32
  if (isIP(address) === 0 || more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false
  if (Number(bits ?? longest) > longest) return false
  list.addSubnet(address, Number(bits ?? longest), familyOf(address))
  return true
}

/** TRUSTED_PROXIES: networks and addresses, separated by commas; without it no proxy is trusted. */
export const trustedProxies = z
  .string()
  .default('')
  .transform((text, context): TrustedProxies => {
    const list = new BlockList()
    for (const network of text.split(',').map((part) => part.trim()))
      if (network !== '' && !add(list, network))
        context.addIssue({ code: 'custom', message: 'must be networks such as 10.0.0.0/8, separated by commas' })
    return list
  })

/**
 * An address in one spelling: without the port that some proxies add, without the zone of an IPv6 address, and IPv4 as
 * such. Empty when it is none.
 */
const normalise = (text: string): string => {
  const address = text
    .trim()
    .replace(/^\[(.+)\](?::\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/%.*$/, '')
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : ''
  return new SocketAddress({ address, family: 'ipv6' }).address.replace(/^::ffff:(?=\d+\.)/, '')
}

/** The first 64 bits of an IPv6 address: one subscriber has all addresses behind them. */
const networkOf = (address: string): string => {
  const [front = '', back] = address.split('::')
  const groups = front === '' ? [] : front.split(':')
  const behind = back === undefined || back === '' ? [] : back.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - behind.length) }, () => '0')
  return [...groups, ...zeros, ...behind].slice(0, 4).join(':')
}

/**
 * Who sent a request, to share something out fairly and to limit it: an IPv4 address or an IPv6 network of 64 bits;
 * empty when nothing is known. X-Forwarded-For is read from its end, as long as who wrote the entry is a trusted proxy:
 * the first address that is none is the client. What that client wrote in front of it is ignored.
 */
export const clientAddress = (trusted: TrustedProxies, remote: string | undefined, forwardedFor = ''): string => {
  const hops = forwardedFor.split(',')
  let address = normalise(remote ?? '')
  while (address !== '' && hops.length > 0 && trusted.check(address, familyOf(address))) {
    const told = normalise(hops.pop() ?? '')
    if (told === '') break
    address = told
  }
  return isIP(address) === 6 ? networkOf(address) : address
}
