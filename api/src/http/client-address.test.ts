import { describe, expect, it } from 'vitest'
import { clientAddress } from './client-address.ts'

describe('clientAddress', () => {
  it.each([
    ['a public peer', '203.0.113.7', undefined, '203.0.113.7'],
    ['a public peer that claims to be another', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['a peer behind a proxy of the own network', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['a peer behind a proxy that it lied to', '172.20.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['a peer of the own network', '192.168.1.5', undefined, '192.168.1.5'],
    ['an empty header', '127.0.0.1', '', '127.0.0.1'],
    ['IPv4 written as IPv6', '::ffff:203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['IPv4 of a proxy written as IPv6', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['IPv6', '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2'],
    ['IPv6 with zeros left out behind', '2001:db8::6', undefined, '2001:db8:0:0'],
    ['IPv6 behind a local proxy', '::1', '2001:db8:1:2::9', '2001:db8:1:2'],
    ['a peer behind a proxy that adds its port', '10.0.0.1', '1.1.1.1, 198.51.100.1:51234', '198.51.100.1'],
    ['IPv6 behind a proxy that adds its port', '10.0.0.1', '[2001:db8:1:2::9]:51234', '2001:db8:1:2'],
    ['a proxy on the same link', 'fe80::1%eth0', '198.51.100.1', '198.51.100.1'],
    ['no peer', undefined, '198.51.100.1', ''],
    ['a peer that is no address', 'nowhere', '198.51.100.1', 'nowhere'],
  ])('is of %s', (_, remote, forwardedFor, address) => expect(clientAddress(remote, forwardedFor)).toBe(address))
})
