import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** An address, and a range of addresses: its first one and the length of its prefix. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6
export type Range = [Address, prefix: number]

/**
 * The IPv4 addresses that are not public: IANA's special-purpose registry, multicast, and the one public address that
 * leads to the host below a virtual machine (Azure).
 */
const specialIPv4: Range[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map((range) => ipaddr.parseCIDR(range))

/** Public IPv6 addresses are those of this range that are in none of the special ones. */
const globalIPv6: Range = ipaddr.parseCIDR('2000::/3')

/** Assignments of the IETF (Teredo among them), documentation (twice), and 6to4, which has an IPv4 address within. */
const specialIPv6: Range[] = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map((range) =>
  ipaddr.parseCIDR(range),
)

/** Whether an address is in a range. An IPv4 address is in no range of IPv6. */
export const isIn = (address: Address, range: Range): boolean =>
  address.kind() === range[0].kind() && address.match(range)

/** Whether the last half of an IPv6 address has an IPv4 address within (ISATAP, RFC 5214), to which routers tunnel. */
const isTunnel = ({ parts }: ipaddr.IPv6): boolean => parts[5] === 0x5efe && (parts[4] === 0 || parts[4] === 0x0200)

/**
 * Parses an address as sockets and DNS write it. An IPv4 address that is mapped to IPv6 (`::ffff:192.0.2.1`) becomes the
 * IPv4 address. Null for all else: other spellings of IPv4, and addresses with a zone.
 */
export const parseAddress = (text: string): Address | null => {
  if (isIP(text) === 4) return ipaddr.parse(text)
  // The URL writes each group in hexadecimal. ipaddr.js would take the dots of `::192.0.2.1` for those of a mapped address.
  const ipv6 = isIP(text) === 6 && URL.parse(`http://[${text}]`)?.hostname.slice(1, -1)
  return ipv6 ? ipaddr.process(ipv6) : null
}

/** Whether an address is one of the public internet. */
export const isPublic = (address: Address): boolean =>
  'octets' in address
    ? !specialIPv4.some((range) => isIn(address, range))
    : isIn(address, globalIPv6) && !isTunnel(address) && !specialIPv6.some((range) => isIn(address, range))
