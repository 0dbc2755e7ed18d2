import { BlockList, isIPv6 } from 'node:net'

/** The networks from which only proxies of the deployment call. */
const own = new BlockList()
const networks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '100.64.0.0/10']
for (const network of [...networks, '::1/128', 'fc00::/7', 'fe80::/10']) {
  const [address = '', bits] = network.split('/')
  own.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** Without the port that some proxies add, and without the zone of an IPv6 address. */
const bare = (address: string): string =>
  address
    .replace(/^\[(.+)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/%.*$/, '')

/** The first 64 bits of an IPv6 address: one subscriber has all addresses behind them. */
const networkOf = (address: string): string => {
  const [front = '', back] = address.split('::')
  const groups = front === '' ? [] : front.split(':')
  const behind = back === undefined || back === '' ? [] : back.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - behind.length) }, () => '0')
  return [...groups, ...zeros, ...behind].slice(0, 4).join(':')
}

/**
 * Who sent a request, to share something out fairly: an IPv4 address or an IPv6 network of 64 bits; empty when nothing is
 * known. `forwardedFor` counts only behind a proxy of the own network, and of it only the last address, which that proxy
 * saw.
 */
export const clientAddress = (remote: string | undefined, forwardedFor = ''): string => {
  const peer = bare(remote ?? '').replace(/^::ffff:(?=\d+\.)/, '')
  const isProxy = peer !== '' && own.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4')
  const told = isProxy ? bare(forwardedFor.slice(forwardedFor.lastIndexOf(',') + 1).trim()) : ''
  const address = told || peer
  return isIPv6(address) ? networkOf(address) : address.slice(0, 64)
}
